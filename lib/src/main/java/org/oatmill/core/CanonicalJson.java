package org.oatmill.core;

import com.fasterxml.jackson.core.io.NumberOutput;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Canonicalization Scheme: one text for equal trees, so that a digest can be taken of it.
 *
 * <p>Reference: RFC 8785. Differs from it: an integer that no double holds is refused instead of rounded, because two
 * recipes must not meet in one digest.
 */
final class CanonicalJson {
    private CanonicalJson() {}

    static void write(JsonNode node, StringBuilder out) {
        switch (node.getNodeType()) {
            case OBJECT -> {
                // String.compareTo compares UTF-16 code units, as section 3.2.3 asks.
                TreeMap<String, JsonNode> sorted = new TreeMap<>();
                node.fields().forEachRemaining(field -> sorted.put(field.getKey(), field.getValue()));
                out.append('{');
                for (Iterator<Map.Entry<String, JsonNode>> fields =
                                sorted.entrySet().iterator();
                        fields.hasNext(); ) {
                    Map.Entry<String, JsonNode> field = fields.next();
                    string(field.getKey(), out);
                    out.append(':');
                    write(field.getValue(), out);
                    out.append(fields.hasNext() ? "," : "");
                }
                out.append('}');
            }
            case ARRAY -> {
                out.append('[');
                for (int i = 0; i < node.size(); i++) {
                    out.append(i == 0 ? "" : ",");
                    write(node.get(i), out);
                }
                out.append(']');
            }
            case STRING -> string(node.textValue(), out);
            case NUMBER -> out.append(number(node));
            case BOOLEAN, NULL -> out.append(node.asText());
            default -> throw new IllegalArgumentException("Cannot write as JSON: " + node.getNodeType());
        }
    }

    private static void string(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static String number(JsonNode node) {
        double value = node.doubleValue();
        boolean held =
                !node.isIntegralNumber() || new BigDecimal(value).toBigInteger().equals(node.bigIntegerValue());
        if (!held || !Double.isFinite(value)) {
            throw new IllegalArgumentException("Cannot write as canonical JSON: " + node
                    + ", expected a number that a double holds; use a string");
        }
        return number(value);
    }

    /** ECMAScript's Number::toString: the fewest digits that give the same double back. */
    static String number(double value) {
        if (value == 0) {
            return "0";
        }
        BigDecimal decimal = shortest(value).stripTrailingZeros();
        String digits = decimal.unscaledValue().abs().toString();
        int k = digits.length();
        int n = k - decimal.scale();
        StringBuilder out = new StringBuilder(value < 0 ? "-" : "");
        if (k <= n && n <= 21) {
            out.append(digits).append("0".repeat(n - k));
        } else if (0 < n && n <= 21) {
            out.append(digits, 0, n).append('.').append(digits, n, k);
        } else if (-6 < n && n <= 0) {
            out.append("0.").append("0".repeat(-n)).append(digits);
        } else {
            out.append(digits, 0, 1).append(k == 1 ? "" : ".").append(digits, 1, k);
            out.append(n > 0 ? "e+" : "e-").append(Math.abs(n - 1));
        }
        return out.toString();
    }

    private static BigDecimal shortest(double value) {
        // Jackson's own writer (Schubfach), because Double.toString of Java 17 writes a digit too many at times
        // (JDK-4511638). It too writes two digits where one would do: 4.9E-324.
        BigDecimal decimal = new BigDecimal(NumberOutput.toString(value, true));
        if (decimal.precision() > 2) {
            return decimal;
        }
        BigDecimal oneDigit = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return oneDigit.doubleValue() == value ? oneDigit : decimal;
    }
}
