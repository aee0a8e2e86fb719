package org.oatmill.influence;

/** Which question a score answers, and so which end of the scale is the good one. */
public enum Question {
    /** "How much does the target loss fall when the model learns from this row?" Positive: helpful. */
    WORTH("how much learning from the row helps the target rows; positive is helpful"),
    /** "How likely is it that something is wrong with this row, its label above all?" High: look at it. It says nothing of a target set. */
    SUSPICION("how suspicious the row and its label are; high is suspicious"),
    /** None: a ranking that costs nothing, which every other one has to beat. */
    BASELINE("none: a baseline that costs nothing");

    private final String words;

    Question(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
