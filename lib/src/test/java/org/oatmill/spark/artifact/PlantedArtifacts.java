package org.oatmill.spark.artifact;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.Tables;
import org.oatmill.core.Workspace;
import org.oatmill.spark.SharedSpark;

/** Small artifacts below a test's temporary directory: one table, one file. */
final class PlantedArtifacts {
    static final String STAGE = "plants";

    private PlantedArtifacts() {}

    static SparkSession spark() {
        return SharedSpark.session();
    }

    static Artifacts in(Path root) {
        return new Artifacts(new Workspace(new HadoopStore(root.toString(), new Configuration())), spark());
    }

    static Recipe recipe(long seed) {
        return new Recipe("plant", 1, Json.tree(Map.of("share", 0.5)), seed, Map.of("documents", "0a1b"), Map.of());
    }

    static Map<String, Manifest.Parent> parents() {
        return Map.of("documents", new Manifest.Parent("documents/00112233aabb", "00112233aabb", "0a1b"));
    }

    /** Ids "0" to "rows − 1". */
    static Dataset<Row> rows(int rows) {
        return spark().range(rows)
                .selectExpr("cast(id as string) id", "'flip' kind", "cast(null as string) origin_id", "'a' true_label");
    }

    static Draft begin(Artifacts artifacts, long seed) throws IOException {
        return artifacts.begin(STAGE, recipe(seed), parents());
    }

    static Artifact commit(Artifacts artifacts, long seed, Dataset<Row> rows) throws IOException {
        try (Draft draft = begin(artifacts, seed)) {
            draft.table(Tables.PLANTED, rows);
            try (OutputStream out = draft.file("words/one.txt")) {
                out.write(new byte[] {1, 2, 3});
            }
            return draft.commit();
        }
    }

    /** Where an artifact lies on the disk. */
    static Path directory(Path root, Artifact artifact) {
        return root.resolve(artifact.path());
    }

    /** All files below, as paths from there, in order. */
    static List<String> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(path -> root.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    static void copy(Path from, Path to) throws IOException {
        for (String file : files(from)) {
            Files.createDirectories(to.resolve(file).getParent());
            Files.copy(from.resolve(file), to.resolve(file));
        }
    }
}
