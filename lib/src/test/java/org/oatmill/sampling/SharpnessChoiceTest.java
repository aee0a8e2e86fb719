package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.kernel.MinMax;

/** Several sharpness values of one reading, and which of them is taken. */
class SharpnessChoiceTest {
    private static final SketchFamily FAMILY = new SketchFamily(new MinMax(), 5, 32, List.of(1, 2, 4), 1 << 12);

    private static int chosen(double... leasts) {
        List<SharpnessChoice.Tried> candidates = new ArrayList<>();
        for (int k = 0; k < leasts.length; k++) {
            candidates.add(new SharpnessChoice.Tried(1 << k, 0.9, leasts[k], 0.5));
        }
        return SharpnessChoice.of(candidates).chosen();
    }

    @Test
    void theSharpestReliableOneIsTakenElseTheMostReliable() {
        assertEquals(4, chosen(0.95, 0.9, 0.81, 0.7));
        assertEquals(4, chosen(0.2, 0.3, 0.85, 0.7));
        assertEquals(2, chosen(0.2, 0.6, 0.5, 0.1));
        assertEquals(1, chosen(0, 0, 0, 0));
        assertEquals(
                8,
                SharpnessChoice.of(List.of(new SharpnessChoice.Tried(8, 0, 0, 1)))
                        .chosen());
    }

    @Test
    void reliabilityOverAllRowsIsNotEnough() {
        SharpnessChoice choice = SharpnessChoice.of(
                List.of(new SharpnessChoice.Tried(1, 0.9, 0.85, 0.5), new SharpnessChoice.Tried(2, 0.99, 0.1, 0.5)));
        assertEquals(1, choice.chosen());
        assertTrue(choice.warning().isEmpty());
    }

    @Test
    void anUnreliableChoiceWarnsUnlessItWasAskedFor() {
        SharpnessChoice.Tried bad = new SharpnessChoice.Tried(4, 0.9, 0.1, 0.5);
        assertTrue(SharpnessChoice.of(List.of(bad)).warning().isEmpty());
        String warning = SharpnessChoice.of(List.of(new SharpnessChoice.Tried(2, 0.2, 0.05, 0.5), bad))
                .warning()
                .orElseThrow();
        assertTrue(warning.contains("sharpness = 4 was chosen of [2, 4]") && warning.contains("0.10"), warning);
    }

    /** The last of the batches has fewer rows than the others. */
    private static Rows<HashedRows> hashed(SketchFamily family, List<Candidate> rows) {
        return SketchedDensities.hashed(Rows.of(rows), family, 7);
    }

    private static List<DensitySketch> sketches(SketchFamily family, List<Candidate> rows) {
        return hashed(family, rows).fold(() -> new Census(family)).sketches();
    }

    @Test
    void eachSketchOfAFamilyIsTheOneItsSharpnessAloneGives() {
        List<Candidate> rows = SparseRows.clustered(200, 5, 3);
        List<DensitySketch> family = sketches(FAMILY, rows);
        for (int k = 0; k < 3; k++) {
            int p = FAMILY.sharpness().get(k);
            DensitySketch alone = new DensitySketch(new SketchHeader(new MinMax(), 5, 32, p, 1 << 12));
            rows.forEach(row -> alone.add(row.vector()));
            assertEquals(alone, family.get(k));
        }
    }

    /** The correlation is the textbook's, of logarithms that are rounded to a millionth of an octave; in any order. */
    @Test
    void reliabilityIsTheCorrelationOfTheLogarithmsOfTwoThirdsAsOfHalves() {
        List<Candidate> rows = SparseRows.clustered(500, 8, 3);
        List<DensitySketch> sketches = sketches(FAMILY, rows);
        List<Long> all = sketches.stream().map(DensitySketch::totalOfAll).toList();
        List<RowTotals> totals = new ArrayList<>(hashed(FAMILY, rows)
                .map(new SketchedDensities.ReadBack(sketches))
                .collect());
        SharpnessChoice choice =
                Rows.of(totals).fold(() -> new Reliability(FAMILY, 500)).choose(all);
        for (int k = 0; k < 3; k++) {
            List<double[]> pairs = new ArrayList<>();
            for (RowTotals some : totals) {
                for (int n = 0; n < some.ids().size(); n++) {
                    pairs.add(new double[] {
                        FAMILY.density(some.all()[k][n] - some.first()[k][n] - some.second()[k][n], 10, 500),
                        Math.log(FAMILY.density(some.first()[k][n], 11, 500)),
                        Math.log(FAMILY.density(some.second()[k][n], 11, 500))
                    });
                }
            }
            double[][] xy = pairs.toArray(double[][]::new);
            SharpnessChoice.Tried candidate = choice.candidates().get(k);
            assertEquals(ofHalves(correlation(xy)), candidate.reliability(), 1e-5);
            Arrays.sort(xy, (a, b) -> Double.compare(a[0], b[0]));
            // The tenth is cut at a 64th of an octave: rows beside the cut may be taken along.
            int end = 50;
            while (end < 500 && bin(xy[end][0]) == bin(xy[49][0])) {
                end++;
            }
            assertEquals(ofHalves(correlation(Arrays.copyOf(xy, end))), candidate.sparsestReliability(), 1e-5);
        }
        Collections.shuffle(totals, new Random(4));
        Reliability left = Rows.of(totals.subList(0, 20)).fold(() -> new Reliability(FAMILY, 500));
        Reliability right = Rows.of(totals.subList(20, totals.size())).fold(() -> new Reliability(FAMILY, 500));
        right.merge(left);
        assertEquals(choice, right.choose(all));
    }

    private static int bin(double density) {
        return (int) (Math.log(density) / Math.log(2) * 64);
    }

    /** Spearman and Brown: what is measured one and a half times as long. */
    private static double ofHalves(double r) {
        return 1.5 * r / (1 + 0.5 * r);
    }

    /**
     * Cut by all three thirds, it would be less: what disagrees is left out. Rows of noise, of which nothing is reliable.
     */
    @Test
    void theSparsestOfRowsAreAsReliableAsOthersWhereNothingIs() {
        Random random = new Random(7);
        int rows = 20_000;
        RowTotals noise = new RowTotals(
                Collections.nCopies(rows, "r"),
                new long[1][rows],
                new long[1][rows],
                new long[1][rows],
                Collections.nCopies(rows, Facts.NONE));
        SketchFamily family = new SketchFamily(new MinMax(), 5, 30, List.of(1), 1 << 16);
        for (int n = 0; n < rows; n++) {
            noise.first()[0][n] = 1000 + random.nextInt(500);
            noise.second()[0][n] = 1000 + random.nextInt(500);
            noise.all()[0][n] = noise.first()[0][n] + noise.second()[0][n] + 1000 + random.nextInt(500);
        }
        SharpnessChoice.Tried tried = Rows.of(List.of(noise))
                .fold(() -> new Reliability(family, rows))
                .choose(List.of(Arrays.stream(noise.all()[0]).sum()))
                .candidates()
                .get(0);
        // Of 2,000 rows, five standard errors of a half's: 6e-7.
        assertEquals(0, tried.sparsestReliability(), 1.5 * 5 / Math.sqrt(2000));
        assertEquals(0, tried.reliability(), 1.5 * 5 / Math.sqrt(rows));
    }

    private static double correlation(double[][] xy) {
        double x = Arrays.stream(xy).mapToDouble(r -> r[1]).average().orElseThrow();
        double y = Arrays.stream(xy).mapToDouble(r -> r[2]).average().orElseThrow();
        double xx = 0;
        double yy = 0;
        double both = 0;
        for (double[] r : xy) {
            xx += (r[1] - x) * (r[1] - x);
            yy += (r[2] - y) * (r[2] - y);
            both += (r[1] - x) * (r[2] - y);
        }
        return both / Math.sqrt(xx * yy);
    }

    /**
     * Clusters of equal rows and rows like nothing else: at every sharpness the halves agree, so the sharpest is
     * taken. Rows that have nothing in common but how long they are: at p = 4 each looks alone, and it is not taken.
     */
    @Test
    void whatIsTakenIsAsSharpAsTheDataBear() {
        List<Candidate> clusters = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            int c = (int) Math.sqrt(i);
            clusters.add(new Candidate("r" + i, Vector.sparse(60, new int[] {c, 30 + c}, new float[] {1, 2})));
        }
        WeightedMethod method = new DiversifiedSampling(32, 1 << 12, 1, 4, 16);
        assertEquals(16, choice(method, clusters).chosen());
        Random random = new Random(3);
        List<Candidate> alone = IntStream.range(0, 600)
                .mapToObj(i -> new Candidate("r" + i, SparseRows.counts(random, 500, 5 + random.nextInt(60))))
                .toList();
        SharpnessChoice choice = choice(new DiversifiedSampling(128, 1 << 12, 1, 4, 16), alone);
        assertEquals(1, choice.chosen(), choice.toString());
        assertTrue(choice.candidates().get(2).least() < SharpnessChoice.ENOUGH, choice.toString());
    }

    private static SharpnessChoice choice(WeightedMethod method, List<Candidate> rows) {
        return method.densities(Rows.of(rows), 3).sharpness().orElseThrow();
    }

    @Test
    void theSampleIsThatOfTheChosenSharpnessAlone() {
        List<Candidate> rows = SparseRows.clustered(300, 8, 3);
        Sample several = Sample.of(
                Population.of(Rows.of(rows)),
                new DiversifiedSampling(32, 1 << 12, 1, 2, 4, 8),
                Draw.of(SampleSize.rows(30)),
                9);
        SharpnessChoice choice =
                several.drawn().orElseThrow().densities().sharpness().orElseThrow();
        Sample alone = Sample.of(
                Population.of(Rows.of(rows)),
                new DiversifiedSampling(32, 1 << 12, choice.chosen()),
                Draw.of(SampleSize.rows(30)),
                9);
        assertEquals(alone.rows().collect(), several.rows().collect());
        SharpnessChoice.Tried chosen = choice.candidates().stream()
                .filter(candidate -> candidate.sharpness() == choice.chosen())
                .findFirst()
                .orElseThrow();
        assertEquals(several.drawn().orElseThrow().effectiveShare(), chosen.effectiveShare());
    }

    @Test
    void sharpnessThatDoesNotIncreaseIsRefused() {
        assertThrows(UserException.class, () -> new DiversifiedSampling(8, 64, 2, 2));
        assertThrows(UserException.class, () -> new DiversifiedSampling(8, 64, 4, 2));
        assertThrows(UserException.class, () -> new DiversifiedSampling(8, 64));
        assertThrows(UserException.class, () -> new DensitySampling(8, 64, 0, 1));
    }
}
