package org.oatmill.jobs.sources;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.spark.SharedSpark;

class TextRecordsTest {
    private static final SparkSession SPARK = SharedSpark.session();
    private static final String CHUNK = "spark.sql.files.maxPartitionBytes";

    @TempDir
    private Path directory;

    @AfterEach
    void wholeFilesAgain() {
        SPARK.conf().unset(CHUNK);
    }

    private String file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content).toString();
    }

    private String file(String name, String content) throws IOException {
        return file(name, content.getBytes(UTF_8));
    }

    private static byte[] gzip(String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private static List<Row> read(Source source) {
        return source.records(SPARK).orderBy("source", "record").collectAsList();
    }

    /** A line per record: number and text, or number and what is wrong with it. */
    private static List<String> lines(Source source) {
        return read(source).stream()
                .map(row -> row.getAs("record") + " "
                        + (row.getAs("reason") == null ? row.getAs("text") : "! " + row.getAs("reason"))
                        + (row.<Boolean>getAs("fatal") ? ", fatal" : ""))
                .toList();
    }

    private static Jsonl jsonl(String path) {
        return new Jsonl(List.of(path), ColumnNames.USUAL, "pool", "UTF-8");
    }

    private static Csv csv(String path) {
        return new Csv(List.of(path), ColumnNames.USUAL, "pool", List.of(), ",", "\"", "\"", "UTF-8");
    }

    private static Csv csv(String path, String escape, String charset) {
        return new Csv(List.of(path), ColumnNames.USUAL, "pool", List.of(), ",", "\"", escape, charset);
    }

    private static Tsv tsv(String path, String... names) {
        return new Tsv(List.of(path), ColumnNames.USUAL, "pool", List.of(names), "", "UTF-8");
    }

    @Test
    void jsonLinesAreNumberedByLineAndBadOnesSaidWhy() throws IOException {
        String path = file(
                "a.jsonl",
                "{\"text\": \"one\"}\r\n\n{\"text\": \"three\", \"n\": 1.10}\n{\"text\": \"four\n[1]\n{\"text\": 6}\n"
                        + "{\"x\": 7}\n{\"text\": \" \\t\"}\n{\"text\": \"nine\"} {}\n{\"text\": \"\\ud800\"}\n"
                        + "{\"text\": \"a\", \"text\": \"b\"}\n{\"text\": \"nul \\u0000\"}\n{\"text\": \"raw \0\"}\n{\"text\": null}\n"
                        + "{\"text\": \"last\"}");
        assertEquals(
                List.of(
                        "1 one",
                        "3 three",
                        "4 ! invalid JSON",
                        "5 ! no JSON object",
                        "6 ! text is no string",
                        "7 ! missing text",
                        "8 ! blank text",
                        "9 ! invalid JSON",
                        "10 ! half a surrogate pair",
                        "11 ! invalid JSON",
                        "12 nul \0",
                        "13 ! invalid JSON",
                        "14 ! missing text",
                        "15 last"),
                lines(jsonl(path)));
        assertEquals(
                "1.10", read(jsonl(path)).get(1).<String, String>getJavaMap(3).get("n"));
    }

    @Test
    void csvHasQuotesLineFeedsMarksAndRaggedRows() throws IOException {
        String path = file(
                "a.csv",
                "\uFEFF\"text\",label\r\n\"one, two\",a\r\n\"three\r\nfour \"\"five\"\"\",b\r\nsix,b,c\nseven\n\n"
                        + "\"eight\"nine,a\n5\" pipe,a\n\"\",a\n,\nlast,");
        assertEquals(
                List.of(
                        "1 one, two",
                        "2 three\r\nfour \"five\"",
                        "3 ! wrong number of columns",
                        "4 ! wrong number of columns",
                        "6 ! text after a closing quote",
                        "7 5\" pipe",
                        "8 ! blank text",
                        "9 ! blank text",
                        "10 last"),
                lines(csv(path)));
    }

    @Test
    void csvMayEscapeWithABackslash() throws IOException {
        String path = file("a.csv", "text,x\n\"say \\\"hi\\\", C:\\new \\\\\",1\nplain \\ too,2\n");
        assertEquals(List.of("1 say \"hi\", C:\\new \\", "2 plain \\ too"), lines(csv(path, "\\", "UTF-8")));
    }

    @Test
    void anOpenQuoteIsFatalBecauseItHidesTheRest() throws IOException {
        assertEquals(
                List.of("1 one", "2 ! a quote that never closes, fatal"),
                lines(csv(file("a.csv", "text\none\n\"two\nthree\nfour\n"))));
    }

    @Test
    void tsvTakesQuotesAsTheyAre() throws IOException {
        assertEquals(List.of("1 \"a", "2 b\" c"), lines(tsv(file("a.tsv", "\"a\t1\nb\" c\t0\n"), "text", "label")));
    }

    @Test
    void aColumnNamedTwiceIsFatal() throws IOException {
        assertEquals(
                List.of("0 ! the header names the column 'text' twice, fatal"),
                lines(csv(file("a.csv", "text,text\n1,2\n"))));
    }

    @Test
    void emptyFilesAndHeadersAloneHoldNoRows() throws IOException {
        file("a.csv", "");
        file("b.csv", "text,label\n");
        file("c.csv", "text\nrow");
        file("_hidden.csv", "text\nhidden");
        file("notes.txt", "text\nnot csv");
        assertEquals(List.of("1 row"), lines(csv(directory.toString())));
    }

    @Test
    void aLineOfAMegabyteIsARecord() throws IOException {
        String megabyte = "x".repeat(1 << 20);
        String path = file("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"" + megabyte + "\"}\n{\"text\": \"c\"}\n");
        SPARK.conf().set(CHUNK, "100000");
        assertEquals(List.of("1 a", "2 " + megabyte, "3 c"), lines(jsonl(path)));
    }

    @Test
    void compressedFilesAreReadAndCutOnesAreFatal() throws IOException {
        StringBuilder content = new StringBuilder();
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            content.append("{\"text\": \"").append(random.nextLong()).append("\"}\n");
        }
        byte[] whole = gzip(content.toString());
        SPARK.conf().set(CHUNK, "10000");
        assertEquals(20_000, lines(jsonl(file("a.jsonl.gz", whole))).size());

        List<String> cut = lines(jsonl(file("b.jsonl.gz", Arrays.copyOf(whole, whole.length / 2))));
        String last = cut.get(cut.size() - 1);
        assertTrue(last.contains("! unreadable after this record: ") && last.endsWith(", fatal"), last);
        assertTrue(cut.size() > 1000, "the rows before the cut were read");

        List<String> none = lines(jsonl(file("c.jsonl.gz", "no gzip at all")));
        assertEquals(1, none.size());
        assertTrue(none.get(0).endsWith(", fatal"), none.get(0));
    }

    @Test
    void aWrongCharsetShowsAndARightOneReads() throws IOException {
        byte[] latin = "text\ncafé\nplain\n".getBytes(ISO_8859_1);
        String path = file("a.csv", latin);
        assertEquals(List.of("1 ! not UTF-8", "2 plain"), lines(csv(path)));
        assertEquals(List.of("1 café", "2 plain"), lines(csv(path, "\"", "ISO-8859-1")));
    }

    @Test
    void utf16IsReadWithAndWithoutItsMark() throws IOException {
        SPARK.conf().set(CHUNK, "16");
        String content = "text\n\"ein 😀\nzwei\"\ndrei\n";
        assertEquals(
                List.of("1 ein 😀\nzwei", "2 drei"),
                lines(csv(file("a.csv", content.getBytes(Charset.forName("UTF-16"))), "\"", "UTF-16")));
        assertEquals(
                List.of("1 ein 😀\nzwei", "2 drei"),
                lines(csv(file("b.csv", content.getBytes(UTF_16LE)), "\"", "UTF-16LE")));
    }

    /** The rule of the whole class: where a file is cut changes nothing, for files full of quotes and line feeds. */
    @Test
    void whereAFileIsCutChangesNothing() throws IOException {
        Random random = new Random(7);
        StringBuilder content = new StringBuilder("\uFEFFtext,label\n");
        String[] pieces = {"\"", "\"\"", "\n", "\r\n", ",", "a", "ü", "\"b\nc\",", "word,x\n", "\"q,\"\"\n\"\"\",y\n"};
        for (int i = 0; i < 300; i++) {
            content.append(pieces[random.nextInt(pieces.length)]);
        }
        content.append("\"\n");
        String path = file("a.csv", content.toString());
        List<Row> whole = read(csv(path));
        assertTrue(whole.size() > 30, () -> "a hard file has records: " + whole.size());
        for (int chunk : new int[] {17, 61, 257}) {
            SPARK.conf().set(CHUNK, String.valueOf(chunk));
            assertEquals(whole, read(csv(path)), "chunks of " + chunk + " bytes");
        }
    }

    @Test
    void equalRowsHaveTwoIdsAndIdsDoNotDependOnTheName() throws IOException {
        String row = "{\"text\": \"same\"}\n";
        List<Row> rows = read(jsonl(file("a.jsonl", row + row)));
        List<Row> renamed = read(jsonl(file("b.jsonl", row + row)));
        assertEquals(2, new TreeSet<>(ids(rows)).size());
        assertEquals(ids(rows), ids(renamed));
    }

    private static List<String> ids(List<Row> rows) {
        List<String> ids = new ArrayList<>();
        rows.forEach(row -> ids.add(row.getAs("id")));
        return ids;
    }
}
