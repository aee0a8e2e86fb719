package org.oatmill.spark.artifact;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.UserException;
import org.oatmill.core.Workspace;

/** The artifacts of a workspace: open one, find the one of a recipe, begin one, check one. */
public final class Artifacts {
    private final Workspace workspace;
    private final SparkSession spark;

    /** Fixes the session's way of writing Parquet, which is part of an artifact's format. */
    public Artifacts(Workspace workspace, SparkSession spark) {
        this.workspace = workspace;
        this.spark = spark;
        spark.conf().set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
        spark.conf().set("spark.sql.parquet.writeLegacyFormat", "false");
    }

    public Workspace workspace() {
        return workspace;
    }

    /** The artifact at a path: below the workspace's root, or anywhere that Hadoop can reach. */
    public Artifact open(String path) throws IOException {
        return stored(path);
    }

    /** The artifact of a recipe, if one was committed. */
    public Optional<Artifact> find(String stage, Recipe recipe) throws IOException {
        String path = workspace.path(stage, recipe);
        return workspace
                .find(stage, recipe)
                .map(manifest -> new StoredArtifact(spark, workspace.store(), path, path, manifest));
    }

    /** An attempt at a recipe; close it, committed or not. */
    public Draft begin(String stage, Recipe recipe, Map<String, Manifest.Parent> parents) throws IOException {
        return new Draft(workspace, spark, stage, recipe, parents, workspace.begin(stage, recipe));
    }

    /** What is wrong with an artifact, one line each; empty when nothing is. Reads every byte of it. */
    public List<String> validate(String path) throws IOException {
        return Validation.findings(spark, stored(path));
    }

    private StoredArtifact stored(String path) throws IOException {
        String wanted = path.replaceAll("/+(" + Manifest.FILE + ")?$", "");
        boolean absolute = new Path(wanted).isAbsolute() || wanted.contains(":");
        if (!absolute && workspace.store().list(wanted).contains(Manifest.FILE)) {
            return new StoredArtifact(spark, workspace.store(), wanted, wanted, workspace.open(wanted));
        }
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        Path outside = new Path(wanted);
        outside = outside.getFileSystem(configuration).makeQualified(outside);
        String root = workspace.store().root();
        if (outside.toString().startsWith(root + "/")) {
            String below = outside.toString().substring(root.length() + 1);
            return new StoredArtifact(spark, workspace.store(), below, below, workspace.open(below));
        }
        Path stage = outside.getParent();
        if (stage == null || stage.getParent() == null) {
            throw new UserException("Cannot open artifact: path = " + path + ", expected <root>/<stage>/<recipe>");
        }
        Workspace other = new Workspace(new HadoopStore(stage.getParent().toString(), configuration));
        String below = stage.getName() + "/" + outside.getName();
        if (!absolute && other.store().list(below).isEmpty()) {
            workspace.open(wanted); // says what lies there, and what was probably meant
        }
        return new StoredArtifact(spark, other.store(), below, outside.toString(), other.open(below));
    }
}
