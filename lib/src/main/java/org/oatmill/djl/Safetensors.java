package org.oatmill.djl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.model.TensorShape;

/**
 * Tensors in the safetensors format, of one file or of an index over several: eight bytes of
 * header length, a JSON header, then the tensors without gaps.
 *
 * <p>A header is believed only where it says nothing impossible, so that a hostile or truncated
 * file ends in a message and not in memory that is not ours. Bytes are read into memory the caller
 * owns and not mapped: a file that shrinks underneath gives an exception where a mapping would end
 * the process.
 */
final class Safetensors implements AutoCloseable {
    /** Longest header that the format allows, in bytes. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final String INDEX = "model.safetensors.index.json";
    private static final String SINGLE = "model.safetensors";

    private final Map<String, Entry> entries;
    private final Map<Path, FileChannel> files;

    private Safetensors(Map<String, Entry> entries, Map<Path, FileChannel> files) {
        this.entries = Collections.unmodifiableMap(entries);
        this.files = files;
    }

    /** How a tensor's numbers are stored. */
    enum Type {
        F64(8),
        F32(4),
        F16(2),
        BF16(2),
        I64(8),
        I32(4),
        I16(2),
        I8(1),
        U64(8),
        U32(4),
        U16(2),
        U8(1),
        BOOL(1),
        F8_E4M3(1),
        F8_E5M2(1);

        /** Bytes of one number. */
        final int width;

        Type(int width) {
            this.width = width;
        }
    }

    /**
     * A tensor of a file.
     *
     * @param position of its first byte in the file
     * @param bytes its length
     */
    record Entry(TensorShape tensor, Type type, Path file, long position, long bytes) {}

    /** Opens a file, or a directory with {@code model.safetensors} or {@code model.safetensors.index.json}. */
    static Safetensors open(Path path) {
        Map<Path, FileChannel> files = new LinkedHashMap<>();
        try {
            if (!Files.isDirectory(path)) {
                return new Safetensors(header(path, files), files);
            }
            if (!Files.exists(path.resolve(INDEX))) {
                return new Safetensors(header(path.resolve(SINGLE), files), files);
            }
            return new Safetensors(sharded(path, files), files);
        } catch (IOException | RuntimeException e) {
            close(files);
            if (e instanceof NoSuchFileException missing) {
                throw new UserException("Cannot read model: " + missing.getFile() + " does not exist, expected "
                        + SINGLE + " or " + INDEX + " with its shards");
            }
            throw e instanceof IOException io
                    ? new UserException("Cannot read model: " + path + ": " + io.getMessage(), io)
                    : (RuntimeException) e;
        }
    }

    /** Tensors by name, in the order of the file. */
    Map<String, Entry> entries() {
        return entries;
    }

    /** Fills {@code target}, from its position to its limit, with a tensor's bytes from {@code from} on. */
    void read(Entry entry, long from, ByteBuffer target) {
        if (from < 0 || from + target.remaining() > entry.bytes()) {
            throw new IllegalArgumentException(
                    "Cannot read beyond tensor " + entry.tensor().name());
        }
        FileChannel file = files.get(entry.file());
        if (file == null) {
            throw new IllegalArgumentException(entry.file() + " is no file of this model");
        }
        try {
            fill(file, entry.file(), entry.position() + from, target);
        } catch (IOException e) {
            throw new UserException("Cannot read model: " + entry.file() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        close(files);
    }

    /**
     * Writes one file.
     *
     * @param type F32, F16 or BF16; numbers are rounded to nearest, ties to even
     * @param values row-major, one array per tensor
     */
    static void write(Path file, List<TensorShape> tensors, Type type, Function<String, float[]> values)
            throws IOException {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        long end = 0;
        for (TensorShape tensor : tensors) {
            long begin = end;
            end += tensor.size() * type.width;
            header.append(",\"")
                    .append(tensor.name())
                    .append("\":{\"dtype\":\"")
                    .append(type.name());
            header.append("\",\"shape\":").append(tensor.shape().toString().replace(" ", ""));
            header.append(",\"data_offsets\":[")
                    .append(begin)
                    .append(',')
                    .append(end)
                    .append("]}");
        }
        header.append('}');
        while (header.length() % 8 != 0) {
            header.append(' ');
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer head = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
            drain(out, head.putLong(text.length).put(text).flip());
            for (TensorShape tensor : tensors) {
                float[] numbers = values.apply(tensor.name());
                if (numbers.length != tensor.size()) {
                    throw new IllegalArgumentException("Cannot write tensor " + tensor.name() + ": " + numbers.length
                            + " numbers, expected " + tensor.size());
                }
                ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, type.width))
                        .order(ByteOrder.LITTLE_ENDIAN);
                for (float number : numbers) {
                    switch (type) {
                        case F32 -> bytes.putFloat(number);
                        case F16 -> bytes.putShort(Halves.toF16(number));
                        case BF16 -> bytes.putShort(Halves.toBf16(number));
                        default -> throw new IllegalArgumentException("Cannot write " + type);
                    }
                }
                drain(out, bytes.flip());
            }
        }
    }

    private static void drain(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static Map<String, Entry> sharded(Path directory, Map<Path, FileChannel> files) throws IOException {
        Path index = directory.resolve(INDEX);
        JsonNode map;
        try (InputStream in = Files.newInputStream(index)) {
            map = Json.parse(in).path("weight_map");
        } catch (JsonProcessingException e) {
            throw bad(index, "its JSON does not parse: " + e.getOriginalMessage());
        }
        if (!map.isObject()) {
            throw bad(index, "weight_map is missing");
        }
        Map<String, Map<String, Entry>> shards = new LinkedHashMap<>();
        Map<String, Entry> all = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> fields = map.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> field = fields.next();
            String shard = field.getValue().asText();
            // A name that leaves the directory would let a model read any file of the machine.
            if (!field.getValue().isTextual() || !shard.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
                throw bad(
                        index,
                        "shard of " + brief(field.getKey()) + " = " + brief(field.getValue())
                                + ", expected a file name");
            }
            Map<String, Entry> header = shards.get(shard);
            if (header == null) {
                header = header(directory.resolve(shard), files);
                shards.put(shard, header);
            }
            Entry entry = header.get(field.getKey());
            if (entry == null) {
                throw bad(
                        directory.resolve(shard),
                        "tensor " + brief(field.getKey()) + " is missing, which the index names");
            }
            all.put(field.getKey(), entry);
        }
        return all;
    }

    private static Map<String, Entry> header(Path path, Map<Path, FileChannel> files) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        files.put(path, file);
        long size = file.size();
        if (size < 8) {
            throw bad(path, "length = " + size + " bytes, expected at least 8");
        }
        ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        fill(file, path, 0, start);
        long length = start.getLong(0);
        if (length < 2 || length > LONGEST_HEADER || length > size - 8) {
            throw bad(
                    path,
                    "header length = " + Long.toUnsignedString(length) + ", expected 2.."
                            + Math.min(LONGEST_HEADER, size - 8));
        }
        ByteBuffer text = ByteBuffer.allocate((int) length);
        fill(file, path, 8, text);
        JsonNode header;
        try {
            header = Json.parse(new ByteArrayInputStream(text.array()));
        } catch (JsonProcessingException e) {
            throw bad(path, "the header does not parse: " + e.getOriginalMessage());
        }
        if (header == null || !header.isObject()) {
            throw bad(path, "the header is no JSON object");
        }
        long data = 8 + length;
        List<Entry> entries = new ArrayList<>();
        for (Iterator<Map.Entry<String, JsonNode>> fields = header.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> field = fields.next();
            if (!field.getKey().equals("__metadata__")) {
                entries.add(entry(path, field.getKey(), field.getValue(), data, size));
            }
        }
        withoutGaps(path, entries, data, size);
        Map<String, Entry> byName = new LinkedHashMap<>();
        entries.forEach(entry -> byName.put(entry.tensor().name(), entry));
        return byName;
    }

    private static Entry entry(Path path, String key, JsonNode node, long data, long size) {
        String name = brief(key);
        Type type = type(node.path("dtype").asText());
        if (type == null) {
            throw bad(path, "dtype of " + name + " = " + brief(node.path("dtype")) + ", expected one of the format's");
        }
        JsonNode offsets = node.path("data_offsets");
        if (offsets.size() != 2 || !isLength(offsets.path(0)) || !isLength(offsets.path(1))) {
            throw bad(path, "data_offsets of " + name + " = " + brief(offsets) + ", expected [begin, end]");
        }
        long begin = offsets.path(0).longValue();
        long end = offsets.path(1).longValue();
        if (begin > end || end > size - data) {
            throw bad(
                    path,
                    "data_offsets of " + name + " = " + brief(offsets) + ", expected within 0.." + (size - data)
                            + " (is the file truncated?)");
        }
        JsonNode axes = node.path("shape");
        if (!axes.isArray()) {
            throw bad(path, "shape of " + name + " = " + brief(axes) + ", expected a list of lengths");
        }
        List<Integer> shape = new ArrayList<>();
        long bytes = type.width;
        for (JsonNode axis : axes) {
            if (!isLength(axis) || !axis.canConvertToInt()) {
                throw bad(path, "shape of " + name + " = " + brief(axes) + ", expected a list of lengths");
            }
            shape.add(axis.intValue());
            long product = bytes * axis.intValue();
            if (Math.multiplyHigh(bytes, axis.intValue()) != 0 || product < 0) {
                throw bad(path, "shape of " + name + " = " + brief(axes) + " overflows");
            }
            bytes = product;
        }
        if (bytes != end - begin) {
            throw bad(
                    path,
                    "data_offsets of " + name + " hold " + (end - begin) + " bytes, expected " + bytes + " for " + type
                            + shape);
        }
        return new Entry(new TensorShape(key, shape), type, path, data + begin, bytes);
    }

    private static void withoutGaps(Path path, List<Entry> entries, long data, long size) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::position).thenComparingLong(Entry::bytes));
        long end = data;
        for (Entry entry : sorted) {
            if (entry.position() != end) {
                throw bad(
                        path,
                        "tensor " + brief(entry.tensor().name()) + " begins at byte " + entry.position()
                                + (entry.position() < end ? " inside another" : " after a gap") + ", expected " + end);
            }
            end += entry.bytes();
        }
        if (end != size) {
            throw bad(path, (size - end) + " bytes belong to no tensor");
        }
    }

    private static boolean isLength(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
    }

    /** A hostile value must not fill the message. */
    private static String brief(Object value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private static @Nullable Type type(String name) {
        for (Type type : Type.values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    private static void fill(FileChannel file, Path path, long position, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int n = file.read(target, position);
            if (n < 0) {
                throw bad(path, "it ends at byte " + position + " (is the file truncated?)");
            }
            position += n;
        }
    }

    private static UserException bad(Path path, String reason) {
        return new UserException("Cannot read model: " + path + ": " + reason + "; fetch the file again");
    }

    private static void close(Map<Path, FileChannel> files) {
        for (FileChannel file : files.values()) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
