package org.oatmill.jobs.verbs;

import java.util.List;
import java.util.concurrent.Callable;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.Session;
import org.oatmill.spark.artifact.Artifacts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code validate}: whether artifacts still hold what their manifests say. */
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Checks an artifact, or all of a run file or root, against its manifest: every byte, every row.")
final class ValidateVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(index = "0", paramLabel = "PATH|FILE|ROOT", description = "Artifact, run file, or root.")
    private String target = "";

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    @Override
    public Integer call() throws Exception {
        boolean one = !Target.isRunFile(target) && Target.isArtifact(target);
        if (one) {
            overlay.refuseWithout(target);
        }
        Workspace workspace = one ? Target.workspace(target) : Target.existing(target, overlay, oatmill.jobs);
        Artifacts artifacts = new Artifacts(workspace, Session.open());
        int bad = 0;
        for (String path : one ? List.of(target) : workspace.artifacts()) {
            List<String> findings = artifacts.validate(path);
            bad += findings.isEmpty() ? 0 : 1;
            oatmill.out.println(path + (findings.isEmpty() ? "  good" : "  damaged"));
            findings.forEach(finding -> oatmill.out.println("    " + finding));
        }
        if (bad > 0) {
            oatmill.err.println(
                    bad + " artifacts are damaged; remove their directories and run again to make them anew");
        }
        return bad == 0 ? 0 : Oatmill.FAILED;
    }
}
