package org.oatmill.jobs.sources;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;

/**
 * Text files as records, numbered from the top of each file however Spark cuts it. A file larger
 * than {@code spark.sql.files.maxPartitionBytes} is cut into chunks of that size and read twice:
 * once to learn in which state of the {@link Framing} each chunk is entered and how many records
 * begin before it, and once to read. A smaller one is read once. Compressed files and those in a
 * charset that is not ASCII's own (UTF-16) cannot be entered in the middle: one task reads them.
 *
 * <p>Blank lines are no records, but count. A header has no number.
 */
final class TextRecords {
    /** Longer ones are quarantined: no document is that long, but a file without line feeds is. */
    static final int LONGEST_RECORD = 64 << 20;

    private TextRecords() {}

    static Dataset<Row> read(SparkSession spark, List<DataFile> files, TextFormat format, DocumentMaker maker) {
        SerializableConfiguration hadoop =
                new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
        long chunkBytes = Math.max(
                16, spark.sessionState().conf().filesMaxPartitionBytes()); // the mark at the top lies in one chunk
        CompressionCodecFactory codecs = new CompressionCodecFactory(hadoop.value());
        List<Chunk> chunks = new ArrayList<>();
        for (DataFile file : files) {
            boolean isWhole = codecs.getCodec(new Path(file.path())) != null || !isAscii(format.charset());
            long step = isWhole ? Math.max(1, file.bytes()) : chunkBytes;
            for (long from = 0; from < file.bytes(); from += step) {
                long to = isWhole ? Long.MAX_VALUE : Math.min(file.bytes(), from + step);
                chunks.add(new Chunk(file, from, to, Framing.START, 0));
            }
        }
        List<Chunk> entered = entered(spark, chunks, format, hadoop);
        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        int slices = Math.max(1, entered.size());
        return spark.createDataFrame(
                context.parallelize(entered, slices)
                        .flatMap(chunk -> new Records(chunk, format, maker, hadoop.value())),
                Intake.SCHEMA);
    }

    static void requireCharset(String charset) {
        try {
            Charset.forName(charset);
        } catch (IllegalArgumentException e) {
            throw new UserException(
                    "Cannot read text: charset = " + charset + ", expected one that Java knows, such as UTF-8,"
                            + " ISO-8859-1, windows-1252 or UTF-16",
                    e);
        }
    }

    private static boolean isAscii(String charset) {
        String ascii = "a,\"\n";
        return Arrays.equals(ascii.getBytes(Charset.forName(charset)), ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** The chunks, each with the state it is entered in and the records that begin before it. */
    private static List<Chunk> entered(
            SparkSession spark, List<Chunk> chunks, TextFormat format, SerializableConfiguration hadoop) {
        List<Chunk> followed = new ArrayList<>();
        for (int i = 0; i + 1 < chunks.size(); i++) {
            if (chunks.get(i).file().equals(chunks.get(i + 1).file())) {
                followed.add(chunks.get(i));
            }
        }
        if (followed.isEmpty()) {
            return chunks;
        }
        Iterator<Passage> passages = new JavaSparkContext(spark.sparkContext())
                .parallelize(followed, followed.size())
                .map(chunk -> Passage.through(chunk, format, hadoop.value()))
                .collect()
                .iterator();
        List<Chunk> entered = new ArrayList<>();
        int state = Framing.START;
        long before = 0;
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            if (chunk.from() == 0) {
                state = Framing.START;
                before = 0;
            }
            entered.add(new Chunk(chunk.file(), chunk.from(), chunk.to(), state, before));
            if (i + 1 < chunks.size() && chunk.file().equals(chunks.get(i + 1).file())) {
                Passage passage = passages.next();
                before += passage.begun()[state];
                state = passage.exits()[state];
            }
        }
        return entered;
    }

    /**
     * A piece of a file.
     *
     * @param from first byte
     * @param to first byte after it
     * @param state in which it is entered
     * @param before records that begin before it
     */
    private record Chunk(DataFile file, long from, long to, int state, long before) implements Serializable {

        /** The file's bytes from here on, without a byte order mark. */
        Bytes open(TextFormat format, Configuration hadoop) throws IOException {
            Path path = new Path(file.path());
            FSDataInputStream in = path.getFileSystem(hadoop).open(path);
            try {
                CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
                InputStream content = codec == null ? in : codec.createInputStream(in);
                if (!isAscii(format.charset())) {
                    content = new Utf8Stream(new InputStreamReader(
                            content, Charset.forName(format.charset()).newDecoder()));
                }
                if (from > 0) {
                    in.seek(from);
                    return new Bytes(content, from);
                }
                PushbackInputStream start = new PushbackInputStream(content, 3);
                byte[] head = start.readNBytes(3);
                boolean isMark =
                        head.length == 3 && head[0] == (byte) 0xEF && head[1] == (byte) 0xBB && head[2] == (byte) 0xBF;
                if (!isMark) {
                    start.unread(head);
                }
                return new Bytes(start, isMark ? 3 : 0);
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        }
    }

    /** Characters as UTF-8. */
    private static final class Utf8Stream extends InputStream {
        private final Reader characters;
        private final char[] read = new char[1 << 13];
        private int held;
        private byte[] bytes = new byte[0];
        private int at;

        Utf8Stream(Reader characters) {
            this.characters = characters;
        }

        @Override
        public int read() throws IOException {
            while (at == bytes.length) {
                int n = characters.read(read, held, read.length - held);
                int length = held + Math.max(n, 0);
                if (length == 0) {
                    return -1;
                }
                // The first half of a pair waits for the second.
                held = n > 0 && Character.isHighSurrogate(read[length - 1]) ? 1 : 0;
                bytes = new String(read, 0, length - held).getBytes(StandardCharsets.UTF_8);
                read[0] = read[length - 1];
                at = 0;
            }
            return bytes[at++] & 0xff;
        }

        @Override
        public void close() throws IOException {
            characters.close();
        }
    }

    /** A buffered stream that knows where it is. */
    private static final class Bytes extends FilterInputStream {
        private final byte[] buffer = new byte[1 << 16];
        private int at;
        private int filled;
        private long position;

        Bytes(InputStream in, long position) {
            super(in);
            this.position = position;
        }

        /** Offset of the next byte. */
        long position() {
            return position;
        }

        @Override
        public int read() throws IOException {
            if (at == filled) {
                filled = Math.max(0, in.read(buffer, 0, buffer.length));
                at = 0;
                if (filled == 0) {
                    return -1;
                }
            }
            position++;
            return buffer[at++] & 0xff;
        }
    }

    /**
     * What a chunk does to each state it may be entered in.
     *
     * @param exits the state it is left in
     * @param begun the records that begin in it
     */
    private record Passage(int[] exits, long[] begun) implements Serializable {

        static Passage through(Chunk chunk, TextFormat format, Configuration hadoop) throws IOException {
            Framing framing = format.framing();
            int[] states = new int[framing.states()];
            Arrays.setAll(states, state -> state);
            long[] begun = new long[states.length];
            try (Bytes in = chunk.open(format, hadoop)) {
                while (in.position() < chunk.to()) {
                    int b = in.read();
                    if (b < 0) {
                        break;
                    }
                    for (int i = 0; i < states.length; i++) {
                        if (states[i] == Framing.START) {
                            begun[i]++;
                        }
                        states[i] = framing.next(states[i], (byte) b);
                    }
                }
            }
            return new Passage(states, begun);
        }
    }

    /** The rows of the records that begin in a chunk. */
    private static final class Records implements Iterator<Row> {
        private final Chunk chunk;
        private final TextFormat format;
        private final DocumentMaker maker;
        private final Framing framing;
        private final Charset charset;
        private final Configuration hadoop;
        private final ByteArrayOutputStream record = new ByteArrayOutputStream();

        private @Nullable Bytes in;
        private List<String> columns = List.of();
        private long number;
        private int state;
        private boolean isDone;
        private @Nullable Row next;

        Records(Chunk chunk, TextFormat format, DocumentMaker maker, Configuration hadoop) {
            this.chunk = chunk;
            this.format = format;
            this.maker = maker;
            this.hadoop = hadoop;
            this.framing = format.framing();
            // What is no ASCII was turned into UTF-8 on the way in.
            this.charset = isAscii(format.charset()) ? Charset.forName(format.charset()) : StandardCharsets.UTF_8;
            this.state = chunk.state();
            this.number = chunk.before() - (format.hasHeader() ? 1 : 0);
        }

        @Override
        public boolean hasNext() {
            while (next == null && !isDone) {
                try {
                    next = advance();
                } catch (IOException e) {
                    next = lost("unreadable after this record: " + e.getMessage());
                } catch (NoDocument e) {
                    next = lost(e.reason());
                }
                if (isDone) {
                    close();
                }
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = Objects.requireNonNull(next);
            next = null;
            return row;
        }

        private Row lost(String reason) {
            isDone = true;
            return Intake.quarantined(new Intake.Place(chunk.file().name(), Math.max(0, number)), reason, null, true);
        }

        private void close() {
            try {
                if (in != null) {
                    in.close();
                }
            } catch (IOException e) {
                // All that was wanted was read.
            }
        }

        private Bytes open() throws IOException, NoDocument {
            if (format.hasHeader()) {
                try (Bytes top = new Chunk(chunk.file(), 0, chunk.to(), Framing.START, 0).open(format, hadoop)) {
                    int after = frame(top);
                    if (Framing.isOpen(after)) {
                        throw new NoDocument("a quote in the header never closes");
                    }
                    columns = format.columns(decoded());
                }
            } else {
                columns = format.columns("");
            }
            Bytes opened = chunk.open(format, hadoop);
            if (TaskContext.get() != null) {
                TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> close());
            }
            while (state != Framing.START && opened.position() < chunk.to()) { // a record that began before
                int b = opened.read();
                if (b < 0) {
                    break;
                }
                state = framing.next(state, (byte) b);
            }
            return opened;
        }

        /** The next row, or null where a record is blank or a header, or there is none. */
        private @Nullable Row advance() throws IOException, NoDocument {
            if (in == null) {
                in = open();
            }
            long start = in.position();
            int after = start < chunk.to() && state == Framing.START ? frame(in) : Framing.START;
            if (in.position() == start) {
                isDone = true;
                return null;
            }
            number++;
            if (format.hasHeader() && number == 0) {
                return null;
            }
            Intake.Place place = new Intake.Place(chunk.file().name(), number);
            if (Framing.isOpen(after)) {
                isDone = true;
                return Intake.quarantined(place, "a quote that never closes", shown(), true);
            }
            if (in.position() - start > LONGEST_RECORD) {
                return Intake.quarantined(place, "longer than " + (LONGEST_RECORD >> 20) + " MiB", shown(), false);
            }
            String text;
            try {
                text = decoded();
            } catch (NoDocument e) {
                return Intake.quarantined(place, e.reason(), shown(), false);
            }
            if (text.isEmpty()) {
                return null;
            }
            try {
                return maker.row(place, chunk.file().id(number), format.object(text, columns), text);
            } catch (NoDocument e) {
                return Intake.quarantined(place, e.reason(), text, false);
            }
        }

        /** Reads one record into {@link #record}, and returns the state in which the file ended, if it did. */
        private int frame(Bytes from) throws IOException {
            record.reset();
            int at = Framing.START;
            for (int b = from.read(); b >= 0; b = from.read()) {
                at = framing.next(at, (byte) b);
                if (at == Framing.START) {
                    break;
                }
                if (record.size() < LONGEST_RECORD) {
                    record.write(b);
                }
            }
            return at;
        }

        /** The record as text, without the carriage return of its line end. */
        private String decoded() throws NoDocument {
            byte[] bytes = record.toByteArray();
            int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
            try {
                return charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(bytes, 0, length))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new NoDocument("not " + charset);
            }
        }

        private String shown() {
            byte[] bytes = record.toByteArray();
            return new String(bytes, 0, Math.min(bytes.length, 4 * Intake.RAW_LENGTH), charset);
        }
    }
}
