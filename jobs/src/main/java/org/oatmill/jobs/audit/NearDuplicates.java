package org.oatmill.jobs.audit;

import static org.apache.spark.sql.functions.col;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.ml.feature.MinHashLSH;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Texts that nearly repeat another one. Candidates come from two sides and each is verified on the texts:
 *
 * <ul>
 *   <li><b>MinHash</b> (MLlib's, {@value #BANDS} bands of {@value #ROWS}) of a text's words and pairs of
 *       neighbouring words: a pair of similarity 0.73, such as a text of ten words with one of them
 *       changed, shares a band with probability 0.995, one of 0.3 with 0.12. Verified: Jaccard similarity
 *       of these sets of at least {@value #SAME_WORDS}.
 *   <li><b>Hidden states</b>: neighbours of cosine {@value #SAME_STATE} and more, verified by Jaccard
 *       similarity of their sets of four characters of at least {@value #SAME_CHARACTERS}: finds what is
 *       spelt differently throughout.
 * </ul>
 *
 * <p>MLlib's own similarity join compares all rows that share one hash, which for a frequent word is n².
 * Here rows must share a whole band, and in a band's bucket a row is compared with the
 * {@value #COMPARED} before it only, so that work grows as n.
 */
final class NearDuplicates {
    static final int BANDS = 16;
    private static final int ROWS = 4;
    private static final int COMPARED = 8;
    private static final int SPACE = 1 << 20;
    static final double SAME_WORDS = 0.6;
    static final double SAME_CHARACTERS = 0.6;
    private static final double SAME_STATE = 0.8;
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");

    private NearDuplicates() {}

    /**
     * Two rows that say the same.
     *
     * @param similarity Jaccard, from 0 to 1
     * @param how in words
     */
    record Pair(int a, int b, double similarity, String how) {}

    /**
     * For each text the position of the first with the same words in the same order, letter case and
     * punctuation aside; itself where it is the first.
     */
    static int[] firstOfSameWords(List<AuditedRow> rows) {
        Map<String, Integer> firsts = new HashMap<>();
        return IntStream.range(0, rows.size())
                .map(i -> {
                    List<String> words = words(rows.get(i).text());
                    String said = words.isEmpty() ? "=" + rows.get(i).text().strip() : " " + String.join(" ", words);
                    return Objects.requireNonNullElse(firsts.putIfAbsent(said, i), i);
                })
                .toArray();
    }

    /** The verified pairs of distinct texts, each once, the most similar first. */
    static List<Pair> pairs(List<AuditedRow> rows, Neighbours neighbours, long seed, SparkSession spark) {
        int[][] shingles = rows.stream().map(row -> shingles(words(row.text()))).toArray(int[][]::new);
        Map<Long, Pair> pairs = new TreeMap<>();
        for (long[] candidate : candidates(bands(shingles, seed, spark))) {
            int a = (int) candidate[0];
            int b = (int) candidate[1];
            double similarity = jaccard(shingles[a], shingles[b]);
            if (similarity >= SAME_WORDS) {
                offer(pairs, new Pair(a, b, similarity, "words and pairs of words shared"));
            }
        }
        for (int i = 0; i < neighbours.rows().length; i++) {
            for (int k = 0; k < neighbours.rows()[i].length && neighbours.cosines()[i][k] >= SAME_STATE; k++) {
                int a = Math.min(i, neighbours.rows()[i][k]);
                int b = Math.max(i, neighbours.rows()[i][k]);
                if (!pairs.containsKey(key(a, b))) {
                    double similarity = jaccard(
                            characters(rows.get(a).text()),
                            characters(rows.get(b).text()));
                    if (similarity >= SAME_CHARACTERS) {
                        String how = String.format(
                                Locale.ROOT,
                                "characters shared, hidden states of cosine %.3f",
                                neighbours.cosines()[i][k]);
                        offer(pairs, new Pair(a, b, similarity, how));
                    }
                }
            }
        }
        return pairs.values().stream()
                .sorted(Comparator.comparingDouble((Pair pair) -> -pair.similarity())
                        .thenComparingInt(Pair::a)
                        .thenComparingInt(Pair::b))
                .toList();
    }

    private static void offer(Map<Long, Pair> pairs, Pair pair) {
        pairs.putIfAbsent(key(pair.a(), pair.b()), pair);
    }

    private static long key(int a, int b) {
        return (long) a << 32 | b;
    }

    /** By row: the first of its cluster, where rows hang together by pairs. */
    static int[] clusters(int rows, List<Pair> pairs) {
        int[] first = IntStream.range(0, rows).toArray();
        for (Pair pair : pairs) {
            int a = root(first, pair.a());
            int b = root(first, pair.b());
            first[Math.max(a, b)] = Math.min(a, b);
        }
        return IntStream.range(0, rows).map(i -> root(first, i)).toArray();
    }

    private static int root(int[] first, int i) {
        int at = i;
        while (first[at] != at) {
            first[at] = first[first[at]];
            at = first[at];
        }
        return at;
    }

    /** Of each cluster all but the first row, with its most similar partner before it as evidence. */
    static List<Finding> of(List<AuditedRow> rows, List<Pair> pairs) {
        int[] clusters = clusters(rows.size(), pairs);
        Map<Integer, Pair> closest = new TreeMap<>();
        for (Pair pair : pairs) { // the most similar first
            closest.putIfAbsent(pair.b(), pair);
            closest.putIfAbsent(pair.a(), pair);
        }
        List<Finding> findings = new ArrayList<>();
        closest.forEach((i, pair) -> {
            if (clusters[i] != i) {
                AuditedRow other = rows.get(pair.a() == i ? pair.b() : pair.a());
                String reason = String.format(
                        Locale.ROOT,
                        "repeats line %d: %.0f %% of %s",
                        other.line(),
                        100 * pair.similarity(),
                        pair.how());
                findings.add(finding(rows.get(i), other, pair.similarity(), reason));
            }
        });
        return findings;
    }

    /** The same words in the same order. */
    static Finding exact(AuditedRow row, AuditedRow first) {
        String same = row.text().equals(first.text()) ? "the same text as line " : "the same words as line ";
        return finding(row, first, 1, same + first.line());
    }

    private static Finding finding(AuditedRow row, AuditedRow other, double score, String reason) {
        boolean otherLabel = !Objects.equals(row.label(), other.label());
        return new Finding(
                Kind.NEAR_DUPLICATE,
                row,
                score,
                "",
                reason + (otherLabel ? ", with another label: " + row.label() + ", not " + other.label() : ""),
                List.of(other));
    }

    /** Each row with the rows before it in its buckets. */
    private static List<long[]> candidates(long[][] bands) {
        List<long[]> candidates = new ArrayList<>();
        for (int band = 0; band < BANDS; band++) {
            Map<Long, int[]> last = new HashMap<>();
            for (int i = 0; i < bands.length; i++) {
                if (bands[i].length == 0) {
                    continue;
                }
                int[] before = last.computeIfAbsent(bands[i][band], any -> new int[0]);
                for (int other : before) {
                    candidates.add(new long[] {other, i});
                }
                int[] kept = before.length < COMPARED
                        ? Arrays.copyOf(before, before.length + 1)
                        : Arrays.copyOfRange(before, 1, COMPARED + 1);
                kept[kept.length - 1] = i;
                last.put(bands[i][band], kept);
            }
        }
        return candidates;
    }

    /** By row: a number for each band; none where it has no words. */
    private static long[][] bands(int[][] shingles, long seed, SparkSession spark) {
        StructType schema = new StructType()
                .add("position", DataTypes.IntegerType)
                .add("shingles", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
        List<Row> table = new ArrayList<>();
        for (int i = 0; i < shingles.length; i++) {
            if (shingles[i].length > 0) {
                double[] ones = new double[shingles[i].length];
                Arrays.fill(ones, 1);
                table.add(RowFactory.create(i, Vectors.sparse(SPACE, shingles[i], ones)));
            }
        }
        long[][] bands = new long[shingles.length][0];
        if (table.isEmpty()) {
            return bands;
        }
        Dataset<Row> sets = spark.createDataFrame(table, schema);
        Dataset<Row> hashed = new MinHashLSH()
                .setInputCol("shingles")
                .setOutputCol("hashes")
                .setNumHashTables(BANDS * ROWS)
                .setSeed(seed)
                .fit(sets)
                .transform(sets);
        hashed.select(col("position"), col("hashes"))
                .javaRDD()
                .map(NearDuplicates::banded)
                .collect()
                .forEach(row -> bands[row.position()] = row.bands());
        return bands;
    }

    private record Banded(int position, long[] bands) implements Serializable {}

    private static Banded banded(Row row) {
        List<Vector> hashes = row.getList(1);
        long[] bands = new long[BANDS];
        for (int h = 0; h < BANDS * ROWS; h++) {
            bands[h / ROWS] = 0x9E3779B97F4A7C15L
                    * (bands[h / ROWS] + (long) hashes.get(h).apply(0) + 1);
        }
        return new Banded(row.getInt(0), bands);
    }

    private static List<String> words(String text) {
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        return words.results().map(word -> word.group()).toList();
    }

    /** Words and pairs of neighbouring words, as sorted numbers. */
    private static int[] shingles(List<String> words) {
        IntStream.Builder hashes = IntStream.builder();
        for (int i = 0; i < words.size(); i++) {
            hashes.add(hash(words.get(i)));
            if (i > 0) {
                hashes.add(hash(words.get(i - 1) + " " + words.get(i)));
            }
        }
        return hashes.build().sorted().distinct().toArray();
    }

    private static int[] characters(String text) {
        String said = " " + String.join(" ", words(text)) + " ";
        return IntStream.rangeClosed(0, Math.max(0, said.length() - 4))
                .map(i -> hash(said.substring(i, Math.min(said.length(), i + 4))))
                .sorted()
                .distinct()
                .toArray();
    }

    /** String's hash is the same on every JVM; spread, because its low bits are the last letter's. */
    private static int hash(String shingle) {
        return (shingle.hashCode() * 0x9E3779B9 >>> 12) & (SPACE - 1);
    }

    private static double jaccard(int[] a, int[] b) {
        int both = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            if (a[i] == b[j]) {
                both++;
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        int all = a.length + b.length - both;
        return all == 0 ? 0 : (double) both / all;
    }
}
