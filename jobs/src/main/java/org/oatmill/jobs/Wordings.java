package org.oatmill.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.oatmill.core.UserException;

/**
 * Ways to word a document. A template's {@code {text}} is the document's text, any other name in
 * braces one of its fields; a document is only worded in ways whose fields it has.
 *
 * @param weights relative chance of each template
 */
record Wordings(Map<String, Double> weights) {
    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_.-]*)}");

    Wordings {
        weights.forEach((template, weight) -> {
            if (!(weight > 0)) {
                throw new UserException("Cannot word documents: weight of \"" + template + "\" = " + weight
                        + ", expected a positive number");
            }
        });
        if (weights.isEmpty()) {
            throw new UserException("Cannot word documents: templates = {}, expected at least one");
        }
    }

    /**
     * One wording.
     *
     * @param fields of the document, its text among them
     * @param u chance, from 0 to 1
     */
    String of(String id, Map<String, String> fields, double u) {
        List<String> fitting = new ArrayList<>();
        double all = 0;
        for (Map.Entry<String, Double> entry : weights.entrySet()) {
            if (FIELD.matcher(entry.getKey()).results().allMatch(field -> fields.containsKey(field.group(1)))) {
                fitting.add(entry.getKey());
                all += entry.getValue();
            }
        }
        if (fitting.isEmpty()) {
            throw new UserException("Cannot word document " + id + ": its fields are " + fields.keySet()
                    + ", expected those of one of " + weights.keySet());
        }
        double rest = u * all;
        int i = 0;
        while (i + 1 < fitting.size() && rest >= weights.getOrDefault(fitting.get(i), 0.0)) {
            rest -= weights.getOrDefault(fitting.get(i++), 0.0);
        }
        return FIELD.matcher(fitting.get(i))
                .replaceAll(field -> Matcher.quoteReplacement(fields.getOrDefault(field.group(1), "")));
    }
}
