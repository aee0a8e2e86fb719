package org.oatmill.jobs.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Texts that are no whole texts, by rules that a reader can check: none learns anything but the file's
 * median length.
 *
 * <ul>
 *   <li><b>no letters</b>: not one;
 *   <li><b>mostly markup</b>: tags, entities and addresses make up more than half of its characters;
 *   <li><b>very short</b>: at most three words, and fewer than half of the median;
 *   <li><b>cut in the middle</b>: ends with a comma, a colon, a hyphen or a word that wants another after
 *       it, or opens a bracket that it never closes;
 *   <li><b>broken characters</b>: holds U+FFFD, what decoders write for bytes they could not read.
 * </ul>
 */
final class Fragments {
    private static final Pattern MARKUP =
            Pattern.compile("<[^<>]{1,500}>|&[a-zA-Z#0-9]{1,10};|https?://\\S+|\\{\\{[^{}]*}}");
    private static final Pattern LETTER = Pattern.compile("\\p{L}");
    // English; words that no phrase ends with, so "in" and "to", which phrasal verbs do end with, are not here.
    private static final Set<String> WANT_MORE =
            Set.of("a", "an", "the", "of", "and", "or", "from", "with", "into", "which", "whose", "than", "as");
    private static final int SHORT = 3;

    private Fragments() {}

    static List<Finding> of(List<AuditedRow> rows) {
        int[] lengths =
                rows.stream().mapToInt(row -> words(row.text()).length).sorted().toArray();
        int median = lengths.length == 0 ? 0 : lengths[lengths.length / 2];
        List<Finding> findings = new ArrayList<>();
        for (AuditedRow row : rows) {
            finding(row, median).ifPresent(findings::add);
        }
        return findings;
    }

    private static Optional<Finding> finding(AuditedRow row, int median) {
        String text = row.text().strip();
        String[] words = words(text);
        int markup = MARKUP.matcher(text)
                .results()
                .mapToInt(m -> m.end() - m.start())
                .sum();
        if (!LETTER.matcher(text).find()) {
            return found(row, 1, "no letters");
        }
        if (2 * markup > text.length()) {
            return found(row, 0.95, "mostly markup: " + markup + " of " + text.length() + " characters");
        }
        String last = words[words.length - 1].toLowerCase(Locale.ROOT);
        boolean cut = text.matches("(?s).*[,;:-]") || WANT_MORE.contains(last);
        if (words.length <= SHORT && 2 * words.length < median) {
            double score = (cut ? 0.94 : 0.9) - 0.4 * words.length / median;
            String how = cut ? ", and cut in the middle: ends with '" + last + "'" : "";
            return found(row, score, "very short: words = " + words.length + ", the median is " + median + how);
        }
        if (text.indexOf('\uFFFD') >= 0) {
            return found(row, 0.6, "broken characters: holds U+FFFD");
        }
        if (cut) {
            return found(row, 0.5, "cut in the middle: ends with '" + last + "'");
        }
        if (text.lastIndexOf('(') > text.lastIndexOf(')')) {
            return found(row, 0.4, "cut in the middle: a bracket that is never closed");
        }
        return Optional.empty();
    }

    private static Optional<Finding> found(AuditedRow row, double score, String reason) {
        return Optional.of(new Finding(Kind.FRAGMENT, row, score, "", reason, List.of()));
    }

    /** Between blanks. */
    private static String[] words(String text) {
        return Arrays.stream(text.strip().split("\\s+")).toArray(String[]::new);
    }
}
