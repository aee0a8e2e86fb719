package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.oatmill.core.Rows;
import org.oatmill.core.Vector;

/** Dense rows around a few directions, with all that any method asks of a row. */
public final class Populations {
    private Populations() {}

    /** Ids r0, r1, ...; labels by cluster; numbers for every method of the table. */
    public static List<Candidate> rows(int rows, long seed) {
        Random random = new Random(seed);
        List<Candidate> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int cluster = (int) (5 * Math.pow(random.nextDouble(), 2));
            float[] at = new float[6];
            for (int d = 0; d < at.length; d++) {
                at[d] = (float) (0.3 * random.nextDouble() + (d == cluster ? 1 : 0));
            }
            Map<String, Double> values = new TreeMap<>();
            for (SamplingMethod method : methods().values()) {
                for (String need : method.needs()) {
                    values.computeIfAbsent(need, name -> 1.0 + random.nextInt(6));
                }
            }
            all.add(new Candidate("r" + i, Vector.dense(at), new Facts("skill" + cluster, values)));
        }
        return all;
    }

    public static List<Candidate> targets() {
        return rows(30, 99).stream()
                .filter(row -> !"skill0".equals(row.facts().label()))
                .map(row -> new Candidate("t" + row.id(), row.vector(), row.facts()))
                .toList();
    }

    static Population of(List<Candidate> rows) {
        return new Population(Rows.of(rows), Optional.of(Rows.of(targets())));
    }

    /** The table, with smaller sketches. */
    public static Map<String, SamplingMethod> methods() {
        Map<String, SamplingMethod> methods = new TreeMap<>(SamplingMethod.METHODS.rows());
        methods.put("wds", new DiversifiedSampling(32, 1 << 10, 2));
        methods.put("density", new DensitySampling(50, 200, 8));
        methods.put("influence-per-density", new InfluencePerDensity("score", 1, 0.1, methods.get("wds")));
        return methods;
    }
}
