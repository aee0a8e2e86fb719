package org.oatmill.jobs.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.oatmill.core.Chance;
import org.oatmill.core.Rows;
import org.oatmill.core.Vector;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.FarthestPoint;
import org.oatmill.sampling.KMeansStratified;
import org.oatmill.sampling.Population;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SampledRow;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.Strata;
import org.oatmill.sampling.UniformSampling;
import org.oatmill.sampling.kernel.MinMax;

/**
 * Which rows of a mixture a sample of 1 % covers: cells of ten common kinds, whose
 * frequencies follow Zipf's law, of twenty rare ones with eight cells each, and 1 % of cells that are nothing. Means over
 * data sets of different seeds, beside their standard errors; the reference is uniform sampling.
 *
 * <p>{@code rare}: share of the rare kinds of which at least one cell is kept. {@code junk}: share of the
 * sample that is nothing. {@code shares}: total variation between the kinds' shares as the sample
 * estimates them (weighted by one over the inclusion probability, where there is one) and as they are.
 * {@code total}: relative error of the estimated total of counts.
 */
final class CoverageBench {
    private static final int SEEDS = 20;
    private static final int ROWS = 5000;
    private static final int SAMPLE = 50;
    private static final int GENES = 2000;
    private static final int COMMON = 10;
    private static final int RARE = 20;
    private static final int CELLS_OF_RARE = 8;
    private static final int MARKERS = 60;
    private static final int DEPTH = 150;

    private CoverageBench() {}

    /** A data set: what each row is of (-1: nothing), and how much was counted. */
    private record Mixture(List<Candidate> rows, int[] kinds, int[] counts) {}

    /** A kept row, and how many rows it stands for. */
    private record Kept(int row, double weight) {
        static Kept of(SampledRow row) {
            Double probability = row.inclusionProb();
            double weight = probability == null ? (double) ROWS / SAMPLE : 1 / probability;
            return new Kept(Integer.parseInt(row.id().substring(4)), weight);
        }
    }

    private record Outcome(double rare, double junk, double shares, double total) {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        // Counts that come from a kind's own genes: how alike its cells are, and how unlike others.
        for (Map.Entry<String, Double> setting : new TreeMap<>(Map.of("hard", 0.5, "easy", 0.8)).entrySet()) {
            rows.addAll(rows("coverage/" + setting.getKey() + "/", setting.getValue()));
        }
        return rows;
    }

    private static Map<String, SamplingMethod> methods() {
        Map<String, SamplingMethod> methods = new LinkedHashMap<>();
        methods.put("uniform", new UniformSampling());
        for (int p : new int[] {1, 2, 4}) {
            methods.put("wds@" + p, new DiversifiedSampling(128, 1 << 16, p));
        }
        methods.put("wds@auto", new DiversifiedSampling(128, 1 << 16, 1, 2, 4, 8));
        // Two rows of each cluster, so that every row has a chance and estimates have no bias.
        methods.put("k-means-stratified", new KMeansStratified(Strata.Quota.EQUAL, SAMPLE / 2, 20, ROWS));
        methods.put("farthest-point", new FarthestPoint());
        return methods;
    }

    private static List<Row> rows(String name, double own) {
        Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
        List<Double> within = new ArrayList<>();
        List<Double> between = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            Mixture mixture = mixture(seed, own);
            similarities(mixture, within, between);
            Population population = Population.of(Rows.of(mixture.rows));
            for (Map.Entry<String, SamplingMethod> method : methods().entrySet()) {
                Sample sample = Sample.of(population, method.getValue(), Draw.of(SampleSize.rows(SAMPLE)), 1000 + seed);
                outcomes.computeIfAbsent(method.getKey(), key -> new ArrayList<>())
                        .add(outcome(
                                mixture,
                                sample.rows().collect().stream().map(Kept::of).toList()));
                sample.release();
            }
            outcomes.computeIfAbsent("exact@4", key -> new ArrayList<>())
                    .add(outcome(mixture, exact(mixture, 4, seed)));
            System.err.println("bench: " + name + " data seed " + (seed + 1) + " of " + SEEDS);
        }
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(name + "similarity/within", mean(within), "", Double.NaN, ""));
        rows.add(new Row(name + "similarity/between", mean(between), "", Double.NaN, ""));
        outcomes.forEach((method, all) -> {
            List<Outcome> uniform = outcomes.getOrDefault("uniform", all);
            add(
                    rows,
                    name + method + "/rare",
                    all.stream().map(Outcome::rare).toList(),
                    uniform.stream().map(Outcome::rare).toList());
            add(
                    rows,
                    name + method + "/junk",
                    all.stream().map(Outcome::junk).toList(),
                    uniform.stream().map(Outcome::junk).toList());
            add(
                    rows,
                    name + method + "/shares",
                    all.stream().map(Outcome::shares).toList(),
                    uniform.stream().map(Outcome::shares).toList());
            add(
                    rows,
                    name + method + "/total",
                    all.stream().map(Outcome::total).toList(),
                    uniform.stream().map(Outcome::total).toList());
        });
        return rows;
    }

    private static void add(List<Row> rows, String name, List<Double> values, List<Double> uniform) {
        double mean = mean(values);
        double squares =
                values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        rows.add(new Row(name, mean, "", mean(uniform), ""));
        rows.add(new Row(
                name + "/standard-error",
                Math.sqrt(squares / (values.size() - 1) / values.size()),
                "",
                Double.NaN,
                ""));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static Mixture mixture(int seed, double own) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] zipf = cumulated(GENES);
        int kinds = COMMON + RARE;
        int[][] markers = new int[kinds][];
        for (int kind = 0; kind < kinds; kind++) {
            markers[kind] = random.ints(MARKERS, 0, GENES).toArray();
        }
        int junk = ROWS / 100;
        int rare = RARE * CELLS_OF_RARE;
        double[] frequent = cumulated(COMMON);
        double[] marker = cumulated(MARKERS);
        List<Candidate> rows = new ArrayList<>();
        int[] of = new int[ROWS];
        int[] counted = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            of[i] = i < junk
                    ? -1
                    : i < junk + rare ? COMMON + (i - junk) / CELLS_OF_RARE : place(frequent, random.nextDouble());
            float[] counts = new float[GENES];
            // What is nothing was also read less deeply.
            int depth = of[i] < 0 ? DEPTH / 5 : DEPTH / 2 + random.nextInt(DEPTH);
            for (int c = 0; c < depth; c++) {
                int gene = of[i] < 0
                        ? random.nextInt(GENES)
                        : random.nextDouble() < own
                                ? markers[of[i]][place(marker, random.nextDouble())]
                                : place(zipf, random.nextDouble());
                counts[gene]++;
            }
            counted[i] = depth;
            rows.add(new Candidate("cell" + i, sparse(counts)));
        }
        return new Mixture(rows, of, counted);
    }

    private static Vector sparse(float[] counts) {
        int[] indices = java.util.stream.IntStream.range(0, counts.length)
                .filter(i -> counts[i] != 0)
                .toArray();
        float[] values = new float[indices.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = counts[indices[k]];
        }
        return Vector.sparse(counts.length, indices, values);
    }

    /** Chances in proportion to 1, 1/2, 1/3 …, added up. */
    private static double[] cumulated(int n) {
        double[] chances = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += 1.0 / (i + 1);
            chances[i] = sum;
        }
        for (int i = 0; i < n; i++) {
            chances[i] /= sum;
        }
        return chances;
    }

    private static int place(double[] cumulated, double u) {
        int found = Arrays.binarySearch(cumulated, u);
        return Math.min(cumulated.length - 1, found < 0 ? -found - 1 : found);
    }

    private static void similarities(Mixture mixture, List<Double> within, List<Double> between) {
        MinMax kernel = (MinMax) org.oatmill.sampling.kernel.Kernel.METHODS.typical("min-max");
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 2000; i++) {
            int a = random.nextInt(ROWS);
            int b = random.nextInt(ROWS);
            if (a != b && mixture.kinds[a] >= 0 && mixture.kinds[b] >= 0) {
                (mixture.kinds[a] == mixture.kinds[b] ? within : between)
                        .add(kernel.similarity(
                                mixture.rows.get(a).vector(),
                                mixture.rows.get(b).vector()));
            }
        }
    }

    /** One over the exact density, the sum of the kernel's power over all rows: what a sketch estimates. */
    private static List<Kept> exact(Mixture mixture, int power, int seed) {
        MinMax kernel = (MinMax) org.oatmill.sampling.kernel.Kernel.METHODS.typical("min-max");
        double[] density = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            density[i] += 1;
            for (int j = 0; j < i; j++) {
                double k = Math.pow(
                        kernel.similarity(
                                mixture.rows.get(i).vector(),
                                mixture.rows.get(j).vector()),
                        power);
                density[i] += k;
                density[j] += k;
            }
        }
        double[] keys = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            keys[i] = -Math.log(
                            Chance.u(1000 + seed, "sample", mixture.rows.get(i).id()))
                    * density[i];
        }
        Integer[] order = new Integer[ROWS];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> keys[i]));
        double tau = keys[order[SAMPLE]];
        List<Kept> kept = new ArrayList<>();
        for (int k = 0; k < SAMPLE; k++) {
            kept.add(new Kept(order[k], 1 / -Math.expm1(-tau / density[order[k]])));
        }
        return kept;
    }

    private static Outcome outcome(Mixture mixture, List<Kept> kept) {
        double[] estimated = new double[COMMON + RARE + 1];
        double[] actual = new double[COMMON + RARE + 1];
        for (int kind : mixture.kinds) {
            actual[kind + 1] += 1.0 / ROWS;
        }
        double weight = 0;
        double total = 0;
        double junk = 0;
        for (Kept row : kept) {
            int kind = mixture.kinds[row.row];
            estimated[kind + 1] += row.weight;
            weight += row.weight;
            total += row.weight * mixture.counts[row.row];
            junk += kind < 0 ? 1 : 0;
        }
        double variation = 0;
        double rare = 0;
        for (int kind = 0; kind < estimated.length; kind++) {
            variation += Math.abs(estimated[kind] / weight - actual[kind]) / 2;
            rare += kind > COMMON && estimated[kind] > 0 ? 1.0 / RARE : 0;
        }
        double counts = Arrays.stream(mixture.counts).sum();
        return new Outcome(rare, junk / kept.size(), variation, Math.abs(total / counts - 1));
    }
}
