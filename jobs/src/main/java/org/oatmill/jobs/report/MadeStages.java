package org.oatmill.jobs.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.oatmill.core.Manifest;
import org.oatmill.core.Table;
import org.oatmill.core.UserException;
import org.oatmill.jobs.RunResults;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;

/** The stages of a run that have an artifact, in the order in which they were made. */
final class MadeStages {

    /** A stage and what it made. */
    record Made(RunResults.Stage stage, Artifact artifact) {}

    private final Artifacts artifacts;
    private final List<Made> stages = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();

    MadeStages(RunResults results, Artifacts artifacts) throws IOException {
        this.artifacts = artifacts;
        for (RunResults.Stage stage : results.stages()) {
            if (stage.path() == null) {
                continue;
            }
            try {
                stages.add(new Made(stage, artifacts.open(stage.path())));
            } catch (UserException e) {
                gone.add(stage.name() + ": its artifact " + stage.path() + " is no longer there");
            }
        }
    }

    List<Made> all() {
        return stages;
    }

    /** Those whose artifact was removed since, one line each. */
    List<String> gone() {
        return gone;
    }

    List<Made> with(Table table) {
        return stages.stream().filter(made -> made.artifact().has(table)).toList();
    }

    /** The nearest artifact with a table, among this one and all it was made from. */
    Optional<Artifact> nearest(Artifact from, Table table) throws IOException {
        return lineage(from, Set.of()).stream()
                .filter(artifact -> artifact.has(table))
                .findFirst();
    }

    /** An artifact and all it was made from, each once, the nearest first. */
    List<Artifact> lineage(Artifact from, Set<String> exceptRoles) throws IOException {
        List<Artifact> found = new ArrayList<>(List.of(from));
        Set<String> seen = new HashSet<>();
        for (int next = 0; next < found.size(); next++) {
            for (Map.Entry<String, Manifest.Parent> parent :
                    found.get(next).manifest().parents().entrySet()) {
                if (!exceptRoles.contains(parent.getKey())
                        && seen.add(parent.getValue().path())) {
                    found.add(artifacts.open(parent.getValue().path()));
                }
            }
        }
        return found;
    }
}
