package org.oatmill.jobs.sources;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;

/** Files with a JSON object per line. */
@Describe("files with a JSON object per line")
public record Jsonl(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("which column means what") ColumnNames columns,
        @Describe("split of all rows, unless columns.split names one") String split,
        @Describe("how text is encoded") String charset)
        implements Source {

    static final List<String> ENDINGS = List.of(".jsonl", ".json", ".ndjson");

    static Jsonl typical() {
        return new Jsonl(List.of("data/*.jsonl"), ColumnNames.USUAL, "pool", "UTF-8");
    }

    public Jsonl {
        Splits.require(split);
        TextRecords.requireCharset(charset);
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(DataFiles.list(spark, paths, ENDINGS));
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        List<DataFile> files = DataFiles.list(spark, paths, ENDINGS);
        if (!hasUserKeys()) {
            DataFiles.refuseTwins(files);
        }
        return TextRecords.read(spark, files, new JsonLines(charset), new DocumentMaker(columns, split));
    }

    @Override
    public List<String> namedColumns() {
        return columns.named();
    }

    @Override
    public boolean hasUserKeys() {
        return columns.id() != null;
    }
}
