package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Json;
import org.oatmill.core.Recipe;
import org.oatmill.core.Tables;
import org.oatmill.core.Workspace;
import org.oatmill.spark.SharedSpark;

class DraftTest {
    @TempDir
    Path temporary;

    private final SparkSession spark = SharedSpark.session();

    private Artifacts artifacts() {
        return new Artifacts(
                new Workspace(new HadoopStore(
                        temporary.toUri().toString(), spark.sparkContext().hadoopConfiguration())),
                spark);
    }

    private static Recipe recipe(long seed) {
        return new Recipe("plant", 1, Json.tree(Map.of("share", 0.5)), seed, Map.of(), Map.of());
    }

    private Dataset<Row> planted(int rows) {
        return spark.range(rows)
                .selectExpr("cast(id as string) id", "'flip' kind", "cast(null as string) origin_id", "'a' true_label");
    }

    @Test
    void committedTablesFilesAndNotesAreReadBack() throws Exception {
        try (Draft draft = artifacts().begin("plants", recipe(7), Map.of())) {
            Dataset<Row> written = draft.table(Tables.PLANTED, planted(10).repartition(3));
            assertEquals(10, written.count());
            try (OutputStream out = draft.file("words/one.txt")) {
                out.write(new byte[] {1, 2, 3});
            }
            draft.note("share", 0.5);
            draft.warn("little");
            draft.commit();
        }
        Artifact artifact = artifacts().find("plants", recipe(7)).orElseThrow();
        assertEquals(10, artifact.table(Tables.PLANTED).count());
        assertEquals(3, artifact.file("words/one.txt").readAllBytes().length);
        assertEquals(0.5, artifact.manifest().notes().get("share").doubleValue());
        assertEquals(List.of("little"), artifact.manifest().warnings());
        assertEquals(List.of(artifact.path()), artifacts().workspace().artifacts());
        assertEquals(artifact.manifest(), artifacts().open(artifact.path()).manifest());
        assertTrue(artifact.has(Tables.PLANTED));
    }
}
