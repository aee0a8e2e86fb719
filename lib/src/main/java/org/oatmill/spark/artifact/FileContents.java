package org.oatmill.spark.artifact;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.oatmill.core.Digest;
import org.oatmill.core.Manifest.FileContent;

/** Length, SHA-256 and rows of the files of an attempt, read where the cluster has room for it. */
final class FileContents {
    private FileContents() {}

    /** Names below {@code base} of all files in a directory and below, sorted; hidden ones (from '_' or '.') left out. */
    static List<String> list(SparkSession spark, Path base, String directory) throws IOException {
        Path from = new Path(base, directory);
        FileSystem files = from.getFileSystem(spark.sparkContext().hadoopConfiguration());
        List<String> names = new ArrayList<>();
        try {
            String prefix = files.makeQualified(base).toUri().getPath() + "/";
            for (RemoteIterator<LocatedFileStatus> all = files.listFiles(from, true); all.hasNext(); ) {
                String name = all.next().getPath().toUri().getPath().substring(prefix.length());
                if (!name.contains("/_") && !name.contains("/.")) {
                    names.add(name);
                }
            }
        } catch (FileNotFoundException e) {
            return List.of();
        }
        names.sort(null);
        return names;
    }

    /** What lies at each name, in their order; length −1 where nothing lies. */
    static List<FileContent> read(SparkSession spark, Path base, List<String> names) {
        if (names.isEmpty()) {
            return List.of();
        }
        var configuration = new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
        String root = base.toString();
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(names, names.size())
                .map(name -> read(root, name, configuration.value()))
                .collect();
    }

    private static FileContent read(String base, String name, Configuration configuration) throws IOException {
        Path path = new Path(base, name);
        MessageDigest digest = Digest.sha256();
        long bytes = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream in =
                HadoopStore.unchecked(path.getFileSystem(configuration)).open(path)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                bytes += n;
            }
        } catch (FileNotFoundException e) {
            return new FileContent(name, -1, "", -1);
        }
        return new FileContent(name, bytes, Digest.hex(digest.digest()), rows(path, configuration));
    }

    /** From the footer; −1 for what is no Parquet file, or is one no longer. */
    private static long rows(Path path, Configuration configuration) {
        if (!path.getName().endsWith(".parquet")) {
            return -1;
        }
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, configuration))) {
            return reader.getRecordCount();
        } catch (IOException | RuntimeException e) {
            return -1; // the caller compares the digest, or the sum of rows, and says what is wrong
        }
    }
}
