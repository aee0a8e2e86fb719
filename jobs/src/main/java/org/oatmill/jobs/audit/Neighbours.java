package org.oatmill.jobs.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.oatmill.core.Chance;

/**
 * The nearest rows of every row by cosine, nearest first, of equals the earlier.
 *
 * <p>Exact up to {@value #EXACT} rows. Above, an inverted file: rows are dealt to the nearest of n/512
 * centres, which are rows drawn by seed and moved twice to the mean of what they were dealt; a row is
 * compared with the rows of its own cell and of the cells nearest to it until 4,096 are seen. So the work
 * grows as n, not n²; some neighbours are missed, and those found are true.
 *
 * @param rows by row, the positions of its neighbours; empty for a row without a vector
 * @param cosines by row, theirs
 */
record Neighbours(int[][] rows, float[][] cosines) {
    static final int EXACT = 20_000;
    private static final int CELL = 512;
    private static final int LARGEST_CELL = 4096;
    private static final int SEEN = 4096;
    private static final int MOVES = 2;
    private static final int BLOCK = 1024;
    private static final int CHUNK = 128;

    /**
     * @param vectors by row; empty or all zeros: the row has no neighbours and is none
     * @param ids by row: what the draw of centres depends on
     */
    static Neighbours of(float[][] vectors, List<String> ids, int k, long seed) {
        return of(vectors, ids, k, seed, EXACT);
    }

    static Neighbours of(float[][] vectors, List<String> ids, int k, long seed, int exact) {
        int[] present = IntStream.range(0, vectors.length)
                .filter(i -> norm(vectors[i]) > 0)
                .toArray();
        float[][] units = new float[vectors.length][];
        for (int i : present) {
            units[i] = unit(vectors[i]);
        }
        Neighbours found = new Neighbours(new int[vectors.length][0], new float[vectors.length][0]);
        if (present.length <= exact) {
            found.search(units, present, present, k);
            return found;
        }
        float[][] centres = centres(units, present, ids, seed);
        int[] cellOf = nearestCentres(units, present, centres);
        List<int[]> cells = new ArrayList<>();
        List<float[]> centreOf = new ArrayList<>();
        for (int c = 0; c < centres.length; c++) {
            int cell = c;
            int[] members = IntStream.range(0, present.length)
                    .filter(i -> cellOf[i] == cell)
                    .map(i -> present[i])
                    .toArray();
            // A crowd of like rows is cut, or the search would be n² within it.
            for (int from = 0; from < members.length; from += LARGEST_CELL) {
                cells.add(Arrays.copyOfRange(members, from, Math.min(members.length, from + LARGEST_CELL)));
                centreOf.add(centres[c]);
            }
        }
        for (int c = 0; c < cells.size(); c++) {
            found.search(units, cells.get(c), candidates(c, cells, centreOf), k);
        }
        return found;
    }

    private static int[] candidates(int own, List<int[]> cells, List<float[]> centres) {
        List<Integer> order = IntStream.range(0, cells.size())
                .boxed()
                .sorted(Comparator.comparing((Integer c) -> c != own)
                        .thenComparingDouble(c -> -dot(centres.get(own), centres.get(c)))
                        .thenComparingInt(c -> c))
                .toList();
        IntStream.Builder seen = IntStream.builder();
        int count = 0;
        for (int i = 0; i < order.size() && count < SEEN; i++) {
            int[] members = cells.get(order.get(i));
            count += members.length;
            Arrays.stream(members).forEach(seen::add);
        }
        return seen.build().sorted().toArray();
    }

    private static float[][] centres(float[][] units, int[] present, List<String> ids, long seed) {
        float[][] centres = Arrays.stream(present)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> Chance.u(seed, "centre", ids.get(i)))
                        .thenComparing(ids::get))
                .limit(Math.max(1, present.length / CELL))
                .map(i -> units[i])
                .toArray(float[][]::new);
        for (int move = 0; move < MOVES; move++) {
            int[] cellOf = nearestCentres(units, present, centres);
            double[][] sums = new double[centres.length][centres[0].length];
            for (int i = 0; i < present.length; i++) {
                float[] row = units[present[i]];
                double[] sum = sums[cellOf[i]];
                for (int j = 0; j < row.length; j++) {
                    sum[j] += row[j];
                }
            }
            for (int c = 0; c < centres.length; c++) {
                float[] mean = new float[sums[c].length];
                for (int j = 0; j < mean.length; j++) {
                    mean[j] = (float) sums[c][j];
                }
                centres[c] = norm(mean) > 0 ? unit(mean) : centres[c];
            }
        }
        return centres;
    }

    private static int[] nearestCentres(float[][] units, int[] present, float[][] centres) {
        return Arrays.stream(present)
                .parallel()
                .map(i -> {
                    int best = 0;
                    float most = Float.NEGATIVE_INFINITY;
                    for (int c = 0; c < centres.length; c++) {
                        float cosine = dot(units[i], centres[c]);
                        if (cosine > most) {
                            most = cosine;
                            best = c;
                        }
                    }
                    return best;
                })
                .toArray();
    }

    /** Finds the neighbours of some rows among others, which are in ascending order. */
    private void search(float[][] units, int[] queries, int[] among, int k) {
        List<float[][]> blocks = new ArrayList<>();
        for (int from = 0; from < among.length; from += BLOCK) {
            blocks.add(transposed(units, among, from, Math.min(among.length, from + BLOCK)));
        }
        IntStream.range(0, (queries.length + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
            int end = Math.min(queries.length, (chunk + 1) * CHUNK);
            Nearest[] nearest = new Nearest[CHUNK];
            float[] products = new float[BLOCK];
            for (int b = 0; b < blocks.size(); b++) {
                for (int q = chunk * CHUNK; q < end; q++) {
                    Nearest of = nearest[q % CHUNK];
                    if (of == null) {
                        of = nearest[q % CHUNK] = new Nearest(k);
                    }
                    int size = multiply(units[queries[q]], blocks.get(b), products);
                    of.offer(products, size, among, b * BLOCK, queries[q]);
                }
            }
            for (int q = chunk * CHUNK; q < end; q++) {
                rows[queries[q]] = nearest[q % CHUNK].rows();
                cosines[queries[q]] = nearest[q % CHUNK].cosines();
            }
        });
    }

    /** By dimension, so that the inner loop runs over rows and the compiler makes vectors of it. */
    private static float[][] transposed(float[][] units, int[] among, int from, int to) {
        float[][] block = new float[units[among[from]].length][to - from];
        for (int i = from; i < to; i++) {
            float[] row = units[among[i]];
            for (int j = 0; j < row.length; j++) {
                block[j][i - from] = row[j];
            }
        }
        return block;
    }

    private static int multiply(float[] query, float[][] block, float[] products) {
        int size = block[0].length;
        Arrays.fill(products, 0, size, 0);
        for (int j = 0; j < query.length; j++) {
            float x = query[j];
            float[] column = block[j];
            for (int i = 0; i < size; i++) {
                products[i] += x * column[i];
            }
        }
        return size;
    }

    /** The k largest products so far. */
    private static final class Nearest {
        private final int[] rows;
        private final float[] cosines;
        private int size;

        Nearest(int k) {
            rows = new int[k];
            cosines = new float[k];
        }

        void offer(float[] products, int count, int[] among, int offset, int self) {
            for (int i = 0; i < count; i++) {
                boolean full = size == rows.length;
                if ((!full || products[i] > cosines[size - 1]) && among[offset + i] != self) {
                    int at = full ? size - 1 : size++;
                    for (; at > 0 && cosines[at - 1] < products[i]; at--) {
                        cosines[at] = cosines[at - 1];
                        rows[at] = rows[at - 1];
                    }
                    cosines[at] = products[i];
                    rows[at] = among[offset + i];
                }
            }
        }

        int[] rows() {
            return Arrays.copyOf(rows, size);
        }

        float[] cosines() {
            return Arrays.copyOf(cosines, size);
        }
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }

    private static double norm(float[] v) {
        double sum = 0;
        for (float x : v) {
            sum += (double) x * x;
        }
        return Math.sqrt(sum);
    }

    private static float[] unit(float[] v) {
        double norm = norm(v);
        float[] unit = new float[v.length];
        for (int j = 0; j < v.length; j++) {
            unit[j] = (float) (v[j] / norm);
        }
        return unit;
    }
}
