package org.oatmill.jobs.evaluate;

/**
 * A test row and what was said of it.
 *
 * @param gold number of its class
 * @param predicted number of the class with the highest score
 * @param loss negative log of the softmax of the scores at the class, nats
 */
public record Judged(String id, int gold, int predicted, double loss) {

    /** The first of the highest scores wins. */
    public static Judged of(String id, int gold, double[] scores) {
        int best = 0;
        for (int c = 1; c < scores.length; c++) {
            best = scores[c] > scores[best] ? c : best;
        }
        return new Judged(id, gold, best, logSumExp(scores) - scores[gold]);
    }

    static double logSumExp(double[] scores) {
        double most = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            most = Math.max(most, score);
        }
        double sum = 0;
        for (double score : scores) {
            sum += Math.exp(score - most);
        }
        return most + Math.log(sum);
    }
}
