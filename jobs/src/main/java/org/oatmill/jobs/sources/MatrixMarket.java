package org.oatmill.jobs.sources;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.mapreduce.lib.input.TextInputFormat;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.rows.VectorColumn;
import scala.Tuple2;

/**
 * A sparse matrix in the exchange format of NIST (Boisvert, Pozo and Remington, "The Matrix Market
 * Exchange Formats", NISTIR 5935, 1996) with two files of names, as single-cell counts are published:
 * {@code matrix.mtx}, {@code features.tsv} and {@code barcodes.tsv}, gzipped or not.
 *
 * <p>Coordinate matrices of integers, reals or patterns (every entry 1), general ones. Rows without
 * entries are vectors without values. An entry that stands twice, lies outside or is no number stops the
 * reading, and so does a number of entries that is not the header's.
 */
@Describe("a sparse matrix and two files of names, as single-cell counts are published")
public record MatrixMarket(
        @Required @Location @Describe("the matrix: .mtx or .mtx.gz") String matrix,
        @Required @Location @Describe("names of what the vectors are of, such as barcodes.tsv; the first column counts")
                String ids,
        @Required @Location @Describe("names of the dimensions, such as features.tsv; the first column counts")
                String features,
        @Describe("what a line of ids names: a column of the matrix, as in single-cell data, or a row") Axis axis)
        implements VectorSource {

    /** Which index of the matrix counts vectors. */
    public enum Axis {
        COLUMN,
        ROW
    }

    static MatrixMarket typical() {
        return new MatrixMarket("data/matrix.mtx.gz", "data/barcodes.tsv.gz", "data/features.tsv.gz", Axis.COLUMN);
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(
                DataFiles.list(spark, List.of(matrix, ids, features), name -> true, DataFiles.LARGE));
    }

    @Override
    public List<String> features(SparkSession spark) {
        return names(features, spark);
    }

    /**
     * What the matrix says of itself.
     *
     * @param offset of the line with the sizes; entries come behind it
     */
    private record Header(boolean pattern, int rows, int columns, long entries, long offset) implements Serializable {}

    /** A number of a vector; none where only the vector's existence is told. */
    private record Entry(int feature, float value) implements Serializable {
        static final Entry NONE = new Entry(-1, 0);
    }

    @Override
    public Dataset<Row> vectors(SparkSession spark) {
        Header header = header(spark);
        List<String> names = names(ids, spark);
        int vectors = axis == Axis.COLUMN ? header.columns : header.rows;
        int size = axis == Axis.COLUMN ? header.rows : header.columns;
        require(ids, names.size(), vectors, axis == Axis.COLUMN ? "columns" : "rows");
        require(features, names(features, spark).size(), size, axis == Axis.COLUMN ? "rows" : "columns");

        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        JavaPairRDD<Integer, Entry> entries = entries(header, context);
        long read = entries.count();
        if (read != header.entries) {
            throw new UserException("Cannot read matrix: " + matrix + " has " + read + " entries, expected "
                    + header.entries + " as its header says; it may have been cut off: fetch it again");
        }
        JavaPairRDD<Integer, Entry> everyone =
                spark.range(vectors).toJavaRDD().mapToPair(i -> new Tuple2<>(i.intValue(), Entry.NONE));
        Broadcast<List<String>> shared = context.broadcast(names);
        JavaRDD<Row> rows = entries.union(everyone).groupByKey().map(vector -> {
            String id = shared.value().get(vector._1());
            return RowFactory.create(id, row(id, vector._2(), size));
        });
        return spark.createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()));
    }

    private static Row row(String id, Iterable<Entry> entries, int size) {
        List<Entry> sorted = new ArrayList<>();
        entries.forEach(entry -> {
            if (entry.feature >= 0) {
                sorted.add(entry);
            }
        });
        sorted.sort(Comparator.comparingInt(Entry::feature));
        int[] indices = new int[sorted.size()];
        float[] values = new float[sorted.size()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = sorted.get(i).feature;
            values[i] = sorted.get(i).value;
            if (i > 0 && indices[i] == indices[i - 1]) {
                throw new UserException("Cannot read matrix: id = " + id + " has two entries of feature number "
                        + (indices[i] + 1) + ", expected one; add them up in the file");
            }
        }
        return VectorColumn.row(VectorTable.sparse(size, indices, values));
    }

    private JavaPairRDD<Integer, Entry> entries(Header header, JavaSparkContext context) {
        String file = matrix;
        boolean columns = axis == Axis.COLUMN;
        return context.newAPIHadoopFile(
                        matrix, TextInputFormat.class, LongWritable.class, Text.class, context.hadoopConfiguration())
                .filter(line -> line._1().get() > header.offset && line._2().getLength() > 0)
                .mapToPair(line -> {
                    String text = line._2().toString();
                    String[] words = text.strip().split("\\s+");
                    try {
                        int row = index(words[0], header.rows);
                        int column = index(words[1], header.columns);
                        float value = header.pattern ? 1 : Float.parseFloat(words[2]);
                        if (words.length != (header.pattern ? 2 : 3)) {
                            throw new IllegalArgumentException(words.length + " words");
                        }
                        return new Tuple2<>(columns ? column : row, new Entry(columns ? row : column, value));
                    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                        throw new UserException(
                                "Cannot read matrix: " + file + " has the line \"" + text + "\", expected two indices"
                                        + " of 1.." + header.rows + " and 1.." + header.columns
                                        + (header.pattern ? "" : " and a number"),
                                e);
                    }
                });
    }

    private static int index(String word, int most) {
        int index = Integer.parseInt(word);
        if (index < 1 || index > most) {
            throw new IllegalArgumentException(word);
        }
        return index - 1;
    }

    private Header header(SparkSession spark) {
        try (InputStream in = open(matrix, spark)) {
            long offset = 0;
            String first = line(in);
            String[] words = first.toLowerCase(Locale.ROOT).strip().split("\\s+");
            boolean known = words.length == 5
                    && words[0].equals("%%matrixmarket")
                    && words[1].equals("matrix")
                    && words[2].equals("coordinate")
                    && List.of("integer", "real", "pattern").contains(words[3])
                    && words[4].equals("general");
            if (!known) {
                throw new UserException("Cannot read matrix: " + matrix + " begins with \""
                        + first.substring(0, Math.min(100, first.length())).strip()
                        + "\", expected \"%%MatrixMarket matrix coordinate integer general\", real or pattern");
            }
            String sizes = first;
            while (sizes.startsWith("%") || sizes.isBlank()) {
                offset += sizes.getBytes(StandardCharsets.ISO_8859_1).length;
                sizes = line(in);
                if (sizes.isEmpty()) {
                    break;
                }
            }
            String[] numbers = sizes.strip().split("\\s+");
            try {
                return new Header(
                        words[3].equals("pattern"),
                        Integer.parseInt(numbers[0]),
                        Integer.parseInt(numbers[1]),
                        Long.parseLong(numbers[2]),
                        offset);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new UserException(
                        "Cannot read matrix: " + matrix + " has \"" + sizes.strip()
                                + "\" for sizes, expected rows, columns and entries",
                        e);
            }
        } catch (IOException e) {
            throw new UserException("Cannot read matrix: " + matrix + ": " + e.getMessage(), e);
        }
    }

    /** A line with its end, a byte a character; empty at the end. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            line.append((char) next);
            if (next == '\n') {
                break;
            }
        }
        return line.toString();
    }

    private static List<String> names(String path, SparkSession spark) {
        List<String> names = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(open(path, spark), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                names.add(line.split("\t", -1)[0].strip());
            }
        } catch (IOException e) {
            throw new UserException("Cannot read names: " + path + ": " + e.getMessage(), e);
        }
        return names;
    }

    private static InputStream open(String path, SparkSession spark) throws IOException {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        Path file = new Path(path);
        InputStream in =
                new java.io.BufferedInputStream(file.getFileSystem(hadoop).open(file));
        CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(file);
        return codec == null ? in : new java.io.BufferedInputStream(codec.createInputStream(in));
    }

    private void require(String file, int names, int wanted, String what) {
        if (names != wanted) {
            throw new UserException("Cannot read matrix: " + file + " has " + names + " names, expected " + wanted
                    + ", the " + what + " of " + matrix + "; the two files of names may be exchanged (axis = row)");
        }
    }
}
