package org.oatmill.spark.rows;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.util.SerializableConfiguration;
import org.oatmill.core.Digest;
import org.oatmill.core.LargeSummary;
import org.oatmill.core.Store;
import org.oatmill.core.Table;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.HadoopStore;

/**
 * Summaries of parts of the rows that outlive a run: an interrupted fold goes on where it was, and rows
 * that come later are added to those that are known. Each lies at {@code _summaries/<key>/<name>} as soon as its
 * partition is read to the end: what an interruption loses is the partitions that tasks are reading, one for each
 * core. They are a function of what they are named by, so a file is never written again; removed, they are made again.
 *
 * @param names of the rows in each partition: equal names, equal rows
 * @param root of the store
 * @param directory below the root
 */
public record KeptParts(List<String> names, String root, String directory, SerializableConfiguration configuration)
        implements Serializable {
    private static final String DIRECTORY = "_summaries";

    public KeptParts(List<String> names, String root, String directory, Configuration configuration) {
        this(List.copyOf(names), root, directory, new SerializableConfiguration(configuration));
    }

    /**
     * Those of the rows of a table, if each partition is known to hold the rows of certain pieces of its files.
     *
     * @param rows one for each row of the table, in its partitions
     * @param root of the store
     */
    public static Optional<KeptParts> of(JavaRDD<?> rows, Artifact artifact, Table table, String root) {
        Map<String, String> digests = new HashMap<>();
        artifact.manifest().table(table.name()).ifPresent(content -> content.files()
                .forEach(file -> digests.put(new Path(artifact.location(), file.path()).toString(), file.sha256())));
        List<String> names = new ArrayList<>();
        for (Partition partition : rows.rdd().partitions()) {
            if (!(partition instanceof FilePartition files)) {
                return Optional.empty();
            }
            StringBuilder pieces = new StringBuilder();
            for (PartitionedFile file : files.files()) {
                String digest = digests.get(file.filePath().toPath().toString());
                if (digest == null) {
                    return Optional.empty();
                }
                pieces.append(digest)
                        .append(' ')
                        .append(file.start())
                        .append(' ')
                        .append(file.length())
                        .append('\n');
            }
            names.add(Digest.of(pieces.toString()));
        }
        return Optional.of(new KeptParts(names, root, DIRECTORY, rows.context().hadoopConfiguration()));
    }

    private Store store() {
        return new HadoopStore(root, configuration.value());
    }

    private String place(String key) {
        return directory + "/" + key;
    }

    /** Partitions whose summary is not there. */
    Set<Integer> missing(LargeSummary<?, ?> like) throws IOException {
        Set<String> known = new HashSet<>(store().list(place(like.key())));
        Set<Integer> missing = new HashSet<>();
        for (int partition = 0; partition < names.size(); partition++) {
            if (!known.contains(names.get(partition))) {
                missing.add(partition);
            }
        }
        return missing;
    }

    void keep(int partition, LargeSummary<?, ?> summary) throws IOException {
        store().putNew(place(summary.key()) + "/" + names.get(partition), summary.bytes());
    }

    void merge(int partition, LargeSummary<?, ?> into) throws IOException {
        try (InputStream bytes = store().read(place(into.key()) + "/" + names.get(partition))) {
            into.merge(bytes.readAllBytes());
        }
    }
}
