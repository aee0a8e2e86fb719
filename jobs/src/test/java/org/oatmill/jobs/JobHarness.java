package org.oatmill.jobs;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.core.Recipe;
import org.oatmill.core.Table;
import org.oatmill.core.Workspace;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import org.oatmill.spark.artifact.Draft;
import org.oatmill.spark.artifact.HadoopStore;
import org.oatmill.spark.artifact.Inputs;

/**
 * Runs one job as a pipeline would, from artifacts to a committed artifact. Each run has a workspace of its own below
 * the test's temporary directory, so that the same recipe can be made again and compared.
 */
public final class JobHarness {
    private final Path temporary;
    private int runs;

    /** Below a directory that the test removes: JUnit's {@code @TempDir}. */
    public JobHarness(Path temporary) {
        this.temporary = temporary;
    }

    public SparkSession spark() {
        return SharedSpark.session();
    }

    /** An artifact with one table, to give to a job. */
    public Artifact given(Table table, Dataset<Row> rows) throws Exception {
        Recipe recipe = new Recipe("given", 1, Json.tree(Map.of("run", runs)), 0, Map.of(), Map.of());
        try (Draft draft = artifacts().begin("given", recipe, Map.of())) {
            draft.table(table, rows);
            return draft.commit();
        }
    }

    /** An artifact with one table and the files of a directory, below {@code files/<prefix>}. */
    public Artifact given(Table table, Dataset<Row> rows, String prefix, Path directory) throws Exception {
        Recipe recipe = new Recipe("given", 1, Json.tree(Map.of("run", runs)), 0, Map.of(), Map.of());
        try (Draft draft = artifacts().begin("given", recipe, Map.of());
                Stream<Path> files = Files.list(directory)) {
            draft.table(table, rows);
            for (Path file : files.toList()) {
                try (OutputStream out = draft.file(prefix + file.getFileName())) {
                    Files.copy(file, out);
                }
            }
            return draft.commit();
        }
    }

    /** The artifact that the job makes of its inputs, by role. */
    public <C extends Record> Artifact run(Job<C> job, C config, long seed, Map<String, Artifact> inputs)
            throws Exception {
        Map<String, String> digests = new TreeMap<>();
        Map<String, Manifest.Parent> parents = new TreeMap<>();
        inputs.forEach((role, artifact) -> {
            digests.put(role, artifact.manifest().contentDigest());
            parents.put(role, artifact.asParent());
        });
        Recipe recipe = new Recipe(
                job.name(), job.resultVersion(), Recipe.config(config), seed, digests, job.external(config, spark()));
        try (Draft draft = artifacts().begin(job.name(), recipe, parents)) {
            job.run(config, Inputs.of(seed, inputs), draft, spark());
            Artifact artifact = draft.commit();
            requireDeclared(job, artifact);
            return artifact;
        }
    }

    private static void requireDeclared(Job<?> job, Artifact artifact) {
        Set<String> always = job.writes().stream().map(Table::name).collect(Collectors.toSet());
        Set<String> declared = new TreeSet<>(always);
        job.mayWrite().forEach(table -> declared.add(table.name()));
        List<String> written =
                artifact.manifest().tables().stream().map(TableContent::name).toList();
        if (!written.containsAll(always) || !declared.containsAll(written)) {
            throw new AssertionError(job.name() + " declares " + declared + " and commits " + written);
        }
    }

    private Artifacts artifacts() {
        Path root = temporary.resolve("workspace-" + runs++);
        return new Artifacts(
                new Workspace(
                        new HadoopStore(root.toString(), spark().sparkContext().hadoopConfiguration())),
                spark());
    }
}
