package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * Uniform sampling within each cluster of spherical k-means: a baseline that covers what clusters find.
 *
 * @param quota rows of each cluster
 * @param clusters at most
 * @param rounds of k-means, at most
 * @param fitRows about so many rows, at most, are read to find the clusters
 */
@Describe("uniform within each cluster of k-means by angle")
public record KMeansStratified(
        @Describe("rows of each cluster: equal or proportional") Strata.Quota quota,
        @Describe("of k-means, at most") int clusters,
        @Describe("of k-means, at most") int rounds,
        @Describe(value = "are read to find the clusters, at most", unit = "rows") long fitRows)
        implements SamplingMethod {

    public KMeansStratified {
        Strata.of(quota);
        new Centroids.Fit(clusters, rounds, fitRows);
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        if (how.strata().isPresent()) {
            throw new UserException("Cannot sample: strata are given and method = k-means-stratified has its own,"
                    + " expected one of the two; name the method uniform to keep the strata");
        }
        List<Rows<?>> held = new ArrayList<>();
        try {
            Rows<Point> points = population.rows().map(row -> Point.of(row, 0)).cached();
            held.add(points);
            Survey survey = points.fold(Survey::new).checked();
            Centroids centroids = Centroids.of(points, survey, new Centroids.Fit(clusters, rounds, fitRows), seed);
            int width = String.valueOf(centroids.clusters() - 1).length();
            Rows<RowDensity> clustered = points.map(row -> {
                        String cluster = String.format(Locale.ROOT, "cluster-%0" + width + "d", centroids.nearest(row));
                        return new RowDensity(
                                row.id(), 1, 1, new Facts(cluster, row.facts().values()));
                    })
                    .cached();
            held.add(clustered);
            Sample drawn = how.within(Strata.of(quota)).from(new Densities(clustered, Optional.empty(), 0, held), seed);
            Map<String, Object> notes = new TreeMap<>(drawn.notes());
            notes.put("clusters", centroids.clusters());
            return drawn.with(drawn.rows(), notes, drawn.warnings());
        } catch (RuntimeException e) {
            held.forEach(Rows::release);
            throw e;
        }
    }
}
