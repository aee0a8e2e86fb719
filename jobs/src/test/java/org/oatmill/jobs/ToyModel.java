package org.oatmill.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Tables;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.zo.ToySource;
import org.oatmill.zo.Toy;

/** The toy model under whatever name, and documents that it can learn. */
final class ToyModel implements ModelChoice {
    static final Task TASK = Toy.TASK;

    @Override
    public ModelSource of(String name, Optional<Artifact> pretrained, SparkSession spark) {
        return new ToySource();
    }

    @Override
    public Map<String, String> external(String name, SparkSession spark) {
        return Map.of("model", "toy");
    }

    /** Rows of every split; a third of the pool and of no other split has a wrong label. */
    static Dataset<Row> documents(SparkSession spark, int rows, int parts) {
        List<Row> documents = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            String split = List.of("pool", "pool", "test", "target", "dev").get(i % 5);
            boolean wrong = split.equals("pool") && i % 3 == 0;
            documents.add(RowFactory.create(
                    "d" + i,
                    Toy.text(i),
                    Toy.label(wrong ? i + 1 : i),
                    Map.of(),
                    split,
                    "d" + i,
                    1f + i % 2,
                    "memory",
                    null));
        }
        return spark.createDataFrame(documents, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(parts);
    }
}
