package org.oatmill.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.oatmill.djl.DjlLm;
import org.oatmill.influence.Evidence;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.ExactLinfik;
import org.oatmill.influence.InfluenceMethod;
import org.oatmill.influence.Linfik;
import org.oatmill.influence.Measuring;
import org.oatmill.influence.Ranks;
import org.oatmill.influence.Valuation;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sequence;
import org.oatmill.model.Subspace;

/** LinFiK by two forwards a row against its exact twin, a backward a row: the same ranking, and for how much. */
final class InfluenceBench {
    private static final int POOL = 512;
    private static final int TARGET = 64;
    private static final int OPTIONS = 6;

    private InfluenceBench() {}

    static List<Row> rows() throws IOException {
        RandomLlama model = RandomLlama.ONE_MILLION;
        Path directory = model.write(Files.createTempDirectory("oatmill-bench"), false);
        try (DjlLm base = DjlLm.open(directory);
                DjlLm fork = base.fork(new Subspace.Full())) {
            Evidence evidence = new Evidence(
                    rows(model, "pool", POOL),
                    rows(model, "target", TARGET),
                    Measuring.by(fork),
                    new Objective.OptionCrossEntropy(),
                    7);
            List<Row> rows = new ArrayList<>();
            Timed exact = Timed.of(new ExactLinfik(ExactLinfik.Normalisation.NONE), evidence);
            for (double ratio : new double[] {1e-2, 1e-3, 1e-4}) {
                Timed probed = Timed.of(new Linfik(ratio), evidence);
                double[] a = exact.valuation.scores();
                double[] b = probed.valuation.scores();
                String name = "influence/" + model.name() + "/linfik@" + ratio;
                rows.add(new Row(name + "/spearman", Ranks.spearman(a, b), "", 1, ratio == 1e-3 ? ">=0.99" : ""));
                rows.add(new Row(name + "/top-5%", Ranks.topOverlap(a, b, 0.05), "", 1, ratio == 1e-3 ? ">=0.95" : ""));
                rows.add(new Row(name, POOL / probed.seconds, "rows/s", POOL / exact.seconds, ""));
                long forwards = probed.valuation.forwards() - TARGET;
                rows.add(new Row(name + "/forwards", (double) forwards / POOL, "a row", Double.NaN, ""));
            }
            return rows;
        } finally {
            Scratch.delete(directory);
        }
    }

    private record Timed(Valuation valuation, double seconds) {
        static Timed of(InfluenceMethod method, Evidence evidence) {
            long began = System.nanoTime();
            Valuation valuation = method.values(evidence);
            return new Timed(valuation, (System.nanoTime() - began) / 1e9);
        }
    }

    /** Rows of 8 to 40 random tokens with options of one token. */
    private static List<EvidenceRow> rows(RandomLlama model, String name, int count) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        List<EvidenceRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = 8 + random.nextInt(33);
            int[] prompt = random.ints(length, 4, model.vocabulary()).toArray();
            prompt[0] = 1;
            List<Sequence> options = new ArrayList<>();
            for (int o = 0; o < OPTIONS; o++) {
                int[] tokens = Arrays.copyOf(prompt, length + 1);
                tokens[length] = 10 + o;
                options.add(new Sequence(tokens, length));
            }
            String id = name + i;
            Example example = new Example(id, options, random.nextInt(OPTIONS), 1);
            rows.add(new EvidenceRow(id, "", null, example, null, null));
        }
        return rows;
    }
}
