package org.oatmill.jobs.verbs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.oatmill.core.Manifest;
import org.oatmill.core.UserException;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.Job;
import org.oatmill.spark.artifact.HadoopStore;

/** What an operator may point a verb at: a run file, which means its root; a root; an artifact. */
final class Target {
    private Target() {}

    /** Whether this is a run file, and no directory. */
    static boolean isRunFile(String target) {
        return !target.contains("://") && (Files.isRegularFile(Path.of(target)) || target.endsWith(".conf"));
    }

    /** The root that a run file names, or the target itself. */
    static String root(String target, Overlay overlay, Map<String, Job<?>> jobs) {
        if (isRunFile(target)) {
            return overlay.read(target, jobs).head().root();
        }
        overlay.refuseWithout(target);
        return target;
    }

    static Workspace workspace(String root) {
        return new Workspace(new HadoopStore(root, hadoop()));
    }

    /** Whether a directory holds a committed artifact. */
    static boolean isArtifact(String path) throws IOException {
        return new HadoopStore(path, hadoop()).list("").contains(Manifest.FILE);
    }

    /** A workspace with something in it. */
    static Workspace existing(String target, Overlay overlay, Map<String, Job<?>> jobs) throws IOException {
        String root = root(target, overlay, jobs);
        Workspace workspace = workspace(root);
        if (workspace.artifacts().isEmpty() && workspace.runs().isEmpty()) {
            throw new UserException("Cannot find artifacts or runs below " + root
                    + ", expected the root of a run; next: oatmill run FILE");
        }
        return workspace;
    }

    /** Hadoop's configuration as Spark would see it, without starting Spark. */
    private static Configuration hadoop() {
        return SparkHadoopUtil.get().newConfiguration(new SparkConf());
    }
}
