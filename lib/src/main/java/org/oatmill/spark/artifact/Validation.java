package org.oatmill.spark.artifact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Manifest;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;

/** Whether an artifact still is what its manifest says: every byte is read again, every digest computed again. */
final class Validation {
    private final SparkSession spark;
    private final Path artifact;
    private final Manifest manifest;
    private final Path attempt;
    private final List<String> findings = new ArrayList<>();

    private Validation(SparkSession spark, StoredArtifact artifact) {
        this.spark = spark;
        this.artifact = artifact.attempt().getParent();
        this.manifest = artifact.manifest();
        this.attempt = artifact.attempt();
    }

    /** One line each: where, what is there, what was expected. */
    static List<String> findings(SparkSession spark, StoredArtifact artifact) throws IOException {
        Validation validation = new Validation(spark, artifact);
        validation.manifest();
        Set<String> damaged = validation.files();
        validation.tables(damaged);
        return List.copyOf(validation.findings);
    }

    private void manifest() {
        String recipe = manifest.recipe().digest();
        expect(Manifest.FILE, "recipe_digest", manifest.recipeDigest(), recipe);
        expect(
                Manifest.FILE,
                "its directory",
                artifact.getName(),
                recipe.substring(0, artifact.getName().length()));
        expect(
                Manifest.FILE,
                "content_digest",
                manifest.contentDigest(),
                ContentDigest.of(manifest.tables(), manifest.files()));
    }

    /** Returns the names of files that are missing or changed. */
    private Set<String> files() throws IOException {
        List<FileContent> expected = Stream.concat(
                        manifest.tables().stream().flatMap(table -> table.files().stream()), manifest.files().stream())
                .toList();
        List<String> names = expected.stream().map(FileContent::path).toList();
        Map<String, FileContent> found = FileContents.read(spark, attempt, names).stream()
                .collect(Collectors.toMap(FileContent::path, Function.identity()));
        Set<String> damaged = new HashSet<>();
        for (FileContent file : expected) {
            FileContent there = found.get(file.path());
            if (there == null || there.bytes() < 0) {
                findings.add(where(file.path()) + ": missing, expected " + file.bytes() + " bytes");
                damaged.add(file.path());
            } else if (there.bytes() != file.bytes()) {
                expect(file.path(), "bytes", there.bytes(), file.bytes());
                damaged.add(file.path());
            } else if (!there.sha256().equals(file.sha256())) {
                expect(file.path(), "sha256", there.sha256(), file.sha256());
                damaged.add(file.path());
            } else {
                expect(file.path(), "rows", there.rows(), file.rows());
            }
        }
        Set<String> known = new HashSet<>(names);
        for (String directory : List.of("files", "tables")) {
            for (String name : FileContents.list(spark, attempt, directory)) {
                if (!known.contains(name)) {
                    findings.add(where(name) + ": not in the manifest, expected no other file; no reader sees it");
                }
            }
        }
        return damaged;
    }

    private void tables(Set<String> damaged) {
        for (TableContent table : manifest.tables()) {
            String name = "tables/" + table.name();
            expect(
                    name,
                    "rows of its files",
                    table.files().stream().mapToLong(FileContent::rows).sum(),
                    table.rows());
            if (table.files().stream().map(FileContent::path).noneMatch(damaged::contains)) {
                ContentDigest.Sums sums = ContentDigest.of(StoredArtifact.read(spark, attempt, table), List.of());
                expect(name, "rows", sums.rows(), table.rows());
                expect(name, "sums of row hashes", sums.digests(), table.digests());
            }
        }
    }

    private void expect(String name, String what, Object found, Object expected) {
        if (!found.equals(expected)) {
            findings.add(where(name) + ": " + what + " = " + found + ", expected " + expected);
        }
    }

    private String where(String name) {
        return name.equals(Manifest.FILE) ? name : manifest.attempt() + "/" + name;
    }
}
