package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.oatmill.core.UserException;
import org.oatmill.model.TensorShape;

class SafetensorsTest {
    @TempDir
    Path directory;

    private static final List<TensorShape> TENSORS =
            List.of(new TensorShape("a", List.of(2, 3)), new TensorShape("b", List.of(4)));

    private static float[] values(String name) {
        return name.equals("a")
                ? new float[] {0, -1.5f, 3.1415927f, 65504, 6e-8f, -0f}
                : new float[] {1, Float.POSITIVE_INFINITY, Float.MIN_VALUE, 1e30f};
    }

    @ParameterizedTest
    @EnumSource(
            value = Safetensors.Type.class,
            names = {"F32", "F16", "BF16"})
    void whatIsWrittenIsRead(Safetensors.Type type) throws IOException {
        Path file = directory.resolve("model.safetensors");
        Safetensors.write(file, TENSORS, type, SafetensorsTest::values);
        try (Arena arena = new Arena();
                Safetensors files = Safetensors.open(directory)) {
            assertEquals(List.of("a", "b"), List.copyOf(files.entries().keySet()));
            for (TensorShape shape : TENSORS) {
                Tensor tensor = new Tensor(shape, type, arena, Torch.manager());
                files.read(files.entries().get(shape.name()), 0, tensor.pieces()[0].duplicate());
                float[] read = new float[(int) shape.size()];
                tensor.read(0, read, 0, read.length);
                float[] expected = values(shape.name());
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = switch (type) {
                        case F16 -> Halves.fromF16(Halves.toF16(expected[i]));
                        case BF16 -> Halves.fromBf16(Halves.toBf16(expected[i]));
                        default -> expected[i];
                    };
                }
                assertArrayEquals(expected, read);
            }
        }
    }

    /** Every bit pattern of binary16, by the standard's formula; and rounding to it and back. */
    @Test
    void halvesAreThoseOfTheStandard() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >> 10 & 31;
            double fraction = (bits & 1023) / 1024.0;
            double magnitude = exponent == 31
                    ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                    : exponent == 0 ? fraction * 0x1p-14 : (1 + fraction) * Math.pow(2, exponent - 15);
            float expected = (float) (bits >> 15 == 0 ? magnitude : -magnitude);
            float half = Halves.fromF16((short) bits);
            assertEquals(expected, half);
            if (!Float.isNaN(expected)) {
                assertEquals((short) bits, Halves.toF16(expected));
            }
        }
        assertEquals(Halves.toF16(2048), Halves.toF16(2049), "a tie goes to even");
        assertEquals(Halves.toF16(2052), Halves.toF16(2051), "a tie goes to even");
        assertEquals(0x3f80, Halves.toBf16(1.00390625f), "a tie goes to even");
        assertEquals(0x3f82, Halves.toBf16(1.01171875f), "a tie goes to even");
    }

    @Test
    void shardsAreReadThroughTheirIndex() throws IOException {
        Safetensors.write(
                directory.resolve("model-00001-of-00002.safetensors"),
                TENSORS.subList(0, 1),
                Safetensors.Type.F32,
                SafetensorsTest::values);
        Safetensors.write(
                directory.resolve("model-00002-of-00002.safetensors"),
                TENSORS.subList(1, 2),
                Safetensors.Type.F16,
                SafetensorsTest::values);
        index("{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\","
                + " \"b\": \"model-00002-of-00002.safetensors\"}}");
        try (Safetensors files = Safetensors.open(directory)) {
            assertEquals(Safetensors.Type.F32, files.entries().get("a").type());
            assertEquals(Safetensors.Type.F16, files.entries().get("b").type());
        }
        for (String wrong : List.of(
                "{\"weight_map\": {\"a\": \"../model.safetensors\"}}",
                "{\"weight_map\": {\"a\": \"/etc/passwd\"}}",
                "{\"weight_map\": {\"a\": \".\"}}",
                "{\"weight_map\": {\"a\": 7}}",
                "{\"weight_map\": {\"c\": \"model-00001-of-00002.safetensors\"}}",
                "{\"weight_map\": {\"a\": \"model-00003-of-00002.safetensors\"}}",
                "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"a\": \"b\"}}",
                "{\"weight_map\": [",
                "[]",
                "")) {
            index(wrong);
            refused(wrong, directory, directory);
        }
    }

    private void index(String json) throws IOException {
        Files.writeString(directory.resolve("model.safetensors.index.json"), json);
    }

    /** Each is refused with the file's name and a reason, without touching memory that is not ours and without allocating what it claims. */
    @Test
    void twoHundredHostileFilesEndInAMessage() throws IOException {
        Map<String, byte[]> hostile = hostile();
        assertTrue(hostile.size() >= 200, hostile.size() + " files");
        for (Map.Entry<String, byte[]> file : hostile.entrySet()) {
            Path path = directory.resolve("hostile.safetensors");
            Files.write(path, file.getValue());
            refused(file.getKey(), path, path);
        }
    }

    @Test
    void hostileModelsAreRefusedBeforeTheEngineSeesThem() throws IOException {
        RandomModel good = RandomModel.write(
                directory.resolve("good"), RandomModel.variants().get("llama"), Safetensors.Type.F32);
        Path file = good.directory().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        for (String wrong : List.of("I64", "F64", "BOOL", "U8", "F8_E4M3", "I32")) {
            int width = Safetensors.Type.valueOf(wrong).width;
            Map<String, String> entries = new LinkedHashMap<>();
            long end = 0;
            for (TensorShape tensor : good.config().tensors()) {
                entries.put(tensor.name(), entry(wrong, tensor.shape().toString(), end, end += tensor.size() * width));
            }
            Files.write(file, bytes(json(entries), (int) end));
            refused(wrong, good.directory(), good.directory());
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertThrows(UserException.class, good::open);
        Files.write(file, bytes);
        good.open().close();
    }

    private static void refused(String what, Path path, Path named) {
        try {
            if (Files.isDirectory(path) && Files.exists(path.resolve("config.json"))) {
                DecoderConfig config = DecoderConfig.read(path);
                DjlLm.open(path, config, new RandomModel.Letters(config.vocabulary()))
                        .close();
            } else {
                Safetensors.open(path).close();
            }
        } catch (UserException refusal) {
            assertTrue(refusal.getMessage().contains(named.toString()), what + ": " + refusal.getMessage());
            assertTrue(refusal.getMessage().length() < 1000, what + " fills the message");
            return;
        }
        fail(what + " was not refused");
    }

    private static Map<String, byte[]> hostile() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        byte[] good =
                bytes("{\"a\":" + entry("F32", "[2,3]", 0, 24) + ",\"b\":" + entry("BF16", "[4]", 24, 32) + "}", 32);
        for (int length = 0; length < good.length; length++) {
            files.put("truncated at " + length, Arrays.copyOf(good, length));
        }
        for (long length : new long[] {
            0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 100_000_001, good.length, good.length - 7
        }) {
            byte[] wrong = good.clone();
            ByteBuffer.wrap(wrong).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            files.put("header length " + length, wrong);
        }
        for (int more : new int[] {1, 7, 4096}) {
            files.put(more + " trailing bytes", Arrays.copyOf(good, good.length + more));
        }
        for (String type : new String[] {"", "F31", "f32", "FLOAT", "null", "F32\\u0000", "complex64"}) {
            header(files, "dtype " + type, one(type, "[2,3]", "[0,24]"), 24);
        }
        header(files, "dtype is a number", "{\"a\":{\"dtype\":32,\"shape\":[6],\"data_offsets\":[0,24]}}", 24);
        header(files, "no dtype", "{\"a\":{\"shape\":[6],\"data_offsets\":[0,24]}}", 24);
        header(files, "no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,24]}}", 24);
        header(files, "no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[6]}}", 24);
        for (String offsets : new String[] {
            "[0,25]",
            "[1,25]",
            "[24,0]",
            "[-24,0]",
            "[-1,23]",
            "[0,-24]",
            "[0]",
            "[]",
            "[0,24,48]",
            "[0.0,24.0]",
            "[\"0\",\"24\"]",
            "[null,24]",
            "null",
            "24",
            "{}",
            "[0,18446744073709551640]",
            "[18446744073709551592,0]",
            "[0,9223372036854775807]",
            "[9223372036854775783,9223372036854775807]",
            "[0,1e2]",
            "[[0],[24]]",
            "[true,24]",
            "[0,4294967320]",
            "[0,23]",
            "[0,0]",
            "[24,24]",
            "[4,28]",
            "[0,1e999999999]"
        }) {
            header(files, "offsets " + offsets, one("F32", "[2,3]", offsets), 24);
        }
        for (String shape : new String[] {
            "[2,4]",
            "[6,-1]",
            "[-2,-3]",
            "[2.0,3.0]",
            "[\"2\",3]",
            "null",
            "6",
            "{}",
            "[[2],3]",
            "[4294967296,4294967296]",
            "[9223372036854775807,2]",
            "[2147483647,2147483647,2147483647]",
            "[2,3,0]",
            "[65536,65536,65536,65536]",
            "[6,1e9]",
            "[2147483648]",
            "[null]",
            "[true,6]",
            "[1,2,3,4]",
            "[7]",
            "[]",
            "[18446744073709551622]"
        }) {
            header(files, "shape " + shape, one("F32", shape, "[0,24]"), 24);
        }
        for (String json : new String[] {
            "[]",
            "null",
            "7",
            "\"a\"",
            "{",
            "}",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1}",
            "{\"a\":[]}",
            "{\"a\":null}",
            "{\"a\":{}}",
            "{'a':1}",
            "{\"a\":{\"dtype\":\"F32\"}",
            "{} {}",
            "{},",
            "\u0000\u0000",
            "{\"a\":NaN}",
            "   ",
            "{\"__metadata__\":{}} x",
            "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
            "{\"" + "x".repeat(9000) + "\":1}",
            "{\"a\":" + "9".repeat(5000) + "}",
            "<html>Not Found</html>",
            "version https://git-lfs.github.com/spec/v1"
        }) {
            header(files, "header " + json.substring(0, Math.min(40, json.length())), json, 24);
        }
        String a = "\"a\":" + entry("F32", "[2,3]", 0, 24);
        header(files, "one name twice", "{" + a + "," + a + "}", 24);
        header(
                files,
                "one key twice",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]}}",
                24);
        for (int from = 0; from <= 32; from += 4) {
            if (from != 24) {
                header(
                        files,
                        "second begins at " + from,
                        "{" + a + ",\"b\":" + entry("F32", "[2]", from, from + 8) + "}",
                        40);
            }
        }
        header(files, "both in one place", "{" + a + ",\"b\":" + entry("F32", "[6]", 0, 24) + "}", 24);
        header(files, "a gap first", "{\"a\":" + entry("F32", "[6]", 8, 32) + "}", 32);
        header(files, "no tensor, some bytes", "{}", 24);
        header(files, "metadata only, some bytes", "{\"__metadata__\":{\"format\":\"pt\"}}", 24);
        byte[] notUtf8 = good.clone();
        notUtf8[10] = (byte) 0xff;
        files.put("not UTF-8", notUtf8);
        Random random = new Random(1);
        int headerEnd =
                8 + (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        List<Integer> structure = new ArrayList<>();
        for (int i = 8; i < headerEnd; i++) {
            if ("{}[]:,".indexOf(good[i]) >= 0) {
                structure.add(i);
            }
        }
        for (int i = 0; i < 40; i++) {
            byte[] broken = good.clone();
            broken[structure.get(random.nextInt(structure.size()))] = (byte) ';';
            files.put("broken structure " + i, broken);
        }
        return files;
    }

    private static void header(Map<String, byte[]> files, String what, String json, int data) {
        files.put(what, bytes(json, data));
    }

    private static String one(String type, String shape, String offsets) {
        return "{\"a\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    private static String entry(String type, String shape, long begin, long end) {
        return "{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + "," + end + "]}";
    }

    private static String json(Map<String, String> entries) {
        StringBuilder json = new StringBuilder("{");
        entries.forEach((name, entry) -> json.append(json.length() == 1 ? "\"" : ",\"")
                .append(name)
                .append("\":")
                .append(entry));
        return json.append('}').toString();
    }

    private static byte[] bytes(String header, int data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
    }
}
