package org.oatmill.report;

/**
 * Text that is shown and never obeyed. Characters that could act – on a parser, on the direction
 * of the line, on a terminal – are written so that one sees them.
 */
final class Inert {
    private Inert() {}

    /** For HTML and SVG, as element content or as a value in double quotes. Well-formed as XML too. */
    static String html(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> visible(out, c);
            }
        });
        return out.toString();
    }

    /** For running text of Markdown and for cells of its tables: one line, no markup. */
    static String markdown(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.strip().codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '\n', '\r', '\t' -> out.append(' ');
                case '\\', '`', '*', '_', '[', ']', '|', '~', '#', '!', '$' ->
                    out.append('\\').appendCodePoint(c);
                default -> visible(out, c);
            }
        });
        return out.toString();
    }

    /** For a fenced block of Markdown, whose fence is longer than any run of backticks in it. */
    static String fenced(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> visible(out, c));
        return out.toString();
    }

    private static void visible(StringBuilder out, int c) {
        boolean space = c == '\n' || c == '\t';
        boolean control = Character.getType(c) == Character.CONTROL && !space;
        boolean steersDirection = (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069)
                || c == 0x200E
                || c == 0x200F
                || c == 0x061C;
        boolean noCharacter = Character.getType(c) == Character.SURROGATE || (c & 0xFFFE) == 0xFFFE;
        if (control || steersDirection || noCharacter || c == 0x2028 || c == 0x2029 || c == 0xFEFF) {
            out.append(String.format("⟨U+%04X⟩", c));
        } else {
            out.appendCodePoint(c);
        }
    }
}
