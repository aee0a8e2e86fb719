package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    enum Law {
        GAUSSIAN,
        TWO_SIDED
    }

    interface Shape {
        Methods<Shape> METHODS =
                Methods.of(Shape.class).row("round", () -> new Circle(1f)).row("four-corners", () -> new Box(1, 2));
    }

    record Circle(float radius) implements Shape {
        Circle {
            if (!(radius > 0)) {
                throw new UserException("Cannot make circle: radius = " + radius + ", expected > 0");
            }
        }
    }

    record Box(int width, int maxHeight) implements Shape {}

    record Inner(String name, boolean on) {}

    record Everything(
            int count,
            long seed,
            float rate,
            double share,
            boolean on,
            String text,
            Law law,
            Shape shape,
            Inner inner,
            List<Integer> list,
            Map<String, Double> map,
            Set<String> set,
            Optional<String> optional,
            @Nullable String nullable,
            int[] array,
            JsonNode any,
            List<Inner> inners) {}

    private static Everything everything(long seed, Shape shape) {
        Map<String, Double> map = new LinkedHashMap<>();
        map.put("b", 2.0);
        map.put("a", 0.5);
        return new Everything(
                -3,
                seed,
                0.1f,
                1e-9,
                true,
                "é\n\"",
                Law.TWO_SIDED,
                shape,
                new Inner("x", false),
                List.of(1, 2),
                map,
                Set.of("q", "p"),
                Optional.of("here"),
                null,
                new int[] {1, 2},
                IntNode.valueOf(5),
                List.of(new Inner("y", true)));
    }

    @Test
    void recordIsWrittenWithKeysInSnakeCaseAndValuesAsTheOperatorWritesThem() {
        JsonNode tree = Json.tree(everything(7, new Box(3, 4)));

        assertEquals(
                "{\"count\":-3,\"seed\":7,\"rate\":0.1,\"share\":1.0E-9,\"on\":true,\"text\":\"é\\n\\\"\","
                        + "\"law\":\"two-sided\",\"shape\":{\"name\":\"four-corners\",\"width\":3,\"max_height\":4},"
                        + "\"inner\":{\"name\":\"x\",\"on\":false},\"list\":[1,2],\"map\":{\"a\":0.5,\"b\":2.0},"
                        + "\"set\":[\"p\",\"q\"],\"optional\":\"here\",\"array\":[1,2],\"any\":5,"
                        + "\"inners\":[{\"name\":\"y\",\"on\":true}]}",
                Json.line(tree));
    }

    @Test
    void whatWasWrittenIsReadBack() throws IOException {
        for (long seed : new long[] {0, -1, 1L << 53, -(1L << 53), Long.MIN_VALUE, Long.MAX_VALUE}) {
            for (Shape shape : List.of(new Box(1, 2), new Circle(0.1f))) {
                JsonNode tree = Json.tree(everything(seed, shape));
                byte[] pretty = Json.pretty(tree).getBytes(StandardCharsets.UTF_8);
                Everything read = Json.read(new ByteArrayInputStream(pretty), Everything.class);

                assertEquals(seed, read.seed());
                assertEquals(shape, read.shape());
                assertEquals(tree, Json.tree(read));
                assertEquals(tree, Json.parse(Json.pretty(tree)), "the parser's tree is the record's");
            }
        }
    }

    @Test
    void vectorsOfBothKindsAreReadBack() throws IOException {
        for (Vector vector :
                List.of(Vector.dense(1f, 0.1f), Vector.sparse(5, new int[] {1, 3}, new float[] {2f, -0f}))) {
            assertEquals(vector, Json.read(Json.tree(vector), Vector.class));
        }
    }

    @Test
    void numbersJsonCannotWriteAreWordsAndReadBack() throws IOException {
        record Limits(double low, float high, double middle) {}
        Limits limits = new Limits(Double.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Double.NaN);

        assertEquals("{\"low\":\"-Infinity\",\"high\":\"Infinity\",\"middle\":\"NaN\"}", Json.line(Json.tree(limits)));
        assertEquals(limits, Json.read(Json.tree(limits), Limits.class));
    }

    @Test
    void seedsBeyondWhatADoubleHoldsAreStringsAndShorterOnesAreNot() {
        record Seed(long seed) {}
        long safe = (1L << 53) - 1;

        assertEquals("{\"seed\":9007199254740991}", Json.canonical(Json.tree(new Seed(safe))));
        assertEquals("{\"seed\":\"9007199254740992\"}", Json.canonical(Json.tree(new Seed(safe + 1))));
        assertEquals("{\"seed\":\"-9223372036854775808\"}", Json.canonical(Json.tree(new Seed(Long.MIN_VALUE))));
        assertThrows(Json.Mismatch.class, () -> Json.read(Json.parse("{\"seed\":\"128\"}"), Seed.class));
        assertThrows(Json.Mismatch.class, () -> Json.read(Json.parse("{\"seed\":\"9007199254740991\"}"), Seed.class));
        assertThrows(
                Json.Mismatch.class, () -> Json.read(Json.parse("{\"seed\":\"9223372036854775808\"}"), Seed.class));
    }

    /** One change of a good document, and what the message must hold: the path and what was expected there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            "count":-3          | "count":1.9            | count: 1.9, expected a whole number
            "count":-3          | "count":"128"          | count: "128", expected a whole number
            "count":-3          | "count":3000000000     | count: 3000000000, expected a 32-bit whole number
            "count":-3          | "count":true           | count: true, expected a whole number
            "count":-3          | "count":null           | count: missing value
            "count":-3,         | ``                     | count: missing value
            "count":-3          | "cuont":-3             | cuont: unknown key, did you mean 'count'?
            "seed":7            | "seed":9223372036854775808 | seed: 9223372036854775808, expected a 64-bit whole number
            "rate":0.1          | "rate":"0.1"           | rate: "0.1", expected a number
            "on":true           | "on":"true"            | on: "true", expected true or false
            "on":true           | "on":1                 | on: 1, expected true or false
            "text":"t"          | "text":1               | text: 1, expected text
            "law":"two-sided"   | "law":"two-side"       | law: "two-side", expected one of [gaussian, two-sided], did you mean 'two-sided'?
            "law":"two-sided"   | "law":"TWO_SIDED"      | law: "TWO_SIDED", expected one of [gaussian, two-sided]
            "name":"four-corners" | "name":"for-corners" | shape.name: "for-corners", expected one of [round, four-corners], did you mean 'four-corners'?
            "max_height":4      | "maxHeight":4          | shape.maxHeight: unknown key, did you mean 'max_height'?
            "list":[1,2]        | "list":[1,2.5]         | list[1]: 2.5, expected a whole number
            "list":[1,2]        | "list":1               | list: 1, expected a list
            "set":["p","q"]     | "set":["p","p"]        | set: a list, expected no value twice
            "map":{"a":0.5}     | "map":{"a":"x"}        | map.a: "x", expected a number
            "inner":{"name":"x","on":false} | "inner":"x" | inner: "x", expected keys and values
            {"name":"y","on":true} | {"name":"y"}        | inners[0].on: missing value
            """)
    void misfitIsRefusedAndNamed(String good, @Nullable String bad, String message) throws IOException {
        String document =
                "{\"count\":-3,\"seed\":7,\"rate\":0.1,\"share\":1,\"on\":true,\"text\":\"t\",\"law\":\"two-sided\","
                        + "\"shape\":{\"name\":\"four-corners\",\"width\":3,\"max_height\":4},\"inner\":{\"name\":\"x\",\"on\":false},"
                        + "\"list\":[1,2],\"map\":{\"a\":0.5},\"set\":[\"p\",\"q\"],\"array\":[1],\"any\":5,"
                        + "\"inners\":[{\"name\":\"y\",\"on\":true}]}";
        assertTrue(document.contains(good));
        Json.read(Json.parse(document), Everything.class);
        JsonNode changed = Json.parse(document.replace(good, bad == null ? "" : bad));

        Json.Mismatch mismatch = assertThrows(Json.Mismatch.class, () -> Json.read(changed, Everything.class));
        assertTrue(mismatch.getMessage().startsWith(message), mismatch.getMessage());
    }

    @Test
    void recordsOwnCheckSpeaksInTheMessage() {
        record Holder(Shape shape) {}
        Json.Mismatch mismatch = assertThrows(
                Json.Mismatch.class,
                () -> Json.read(Json.parse("{\"shape\":{\"name\":\"round\",\"radius\":0}}"), Holder.class));

        assertEquals("shape", mismatch.path());
        assertEquals("shape: Cannot make circle: radius = 0.0, expected > 0", mismatch.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1,\"a\":2}", "{\"a\":1} x", "{\"a\":1}{}", "{a:1}", "{\"a\":1,}", "{\"a\":01}"})
    void whatIsNoJsonIsRefused(String text) {
        assertThrows(JsonProcessingException.class, () -> Json.parse(text));
    }

    @Test
    void prettyIsIndentedByTwoAndEndsWithANewline() {
        assertEquals("{\n  \"name\": \"x\",\n  \"on\": true\n}\n", Json.pretty(Json.tree(new Inner("x", true))));
    }

    /** RFC 8785, section 3.2.2 (input) and 3.2.4 (output). */
    @Test
    void exampleOfTheRfcIsCanonical() throws IOException {
        String input =
                """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50,
                              2e-3, 0.000000000000000000000000001],
                  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                  "literals": [null, true, false]
                }
                """;
        assertEquals(
                "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
                Json.canonical(Json.parse(input)));
    }

    /** RFC 8785, section 3.2.3: keys in the order of their UTF-16 code units, in which the emoji precedes U+FB33. */
    @Test
    void keysAreSortedByCodeUnits() throws IOException {
        String input =
                "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}";

        assertEquals(
                "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}",
                Json.canonical(Json.parse(input)));
    }

    /** RFC 8785, appendix B. */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void numbersOfTheRfcAreWrittenAsThere(String bits, String text) {
        assertEquals(text, CanonicalJson.number(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))));
    }

    /** The definition of ECMAScript: it reads back as the same double, and no decimal with a digit less does. */
    @Test
    void numbersHaveTheFewestDigitsThatReadBack() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (!Double.isFinite(value)) {
                continue;
            }
            BigDecimal written = new BigDecimal(CanonicalJson.number(value)).stripTrailingZeros();

            assertEquals(value, written.doubleValue());
            if (written.precision() > 1) {
                for (RoundingMode shorter : List.of(RoundingMode.DOWN, RoundingMode.UP)) {
                    BigDecimal less = written.round(new MathContext(written.precision() - 1, shorter));
                    assertTrue(less.doubleValue() != value, () -> written + " for " + value);
                }
            }
        }
    }

    @Test
    void integerThatNoDoubleHoldsIsRefusedInsteadOfRounded() throws IOException {
        assertEquals("[9007199254740992]", Json.canonical(Json.parse("[9007199254740992]")));
        JsonNode odd = Json.parse("[9007199254740993]");
        assertThrows(IllegalArgumentException.class, () -> Json.canonical(odd));
        JsonNode huge = Json.parse("[1e999]");
        assertThrows(IllegalArgumentException.class, () -> Json.canonical(huge));
    }
}
