package org.oatmill.jobs.evaluate;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.spark.zo.TaskRow;

/**
 * What a predictor is asked.
 *
 * @param task names the classes
 * @param test rows to score, by id; their labels are nobody's to look at
 * @param train labelled rows to learn from, by id
 * @param dev labelled rows to choose settings on, by id
 * @param model opened where it is needed
 * @param tuned what tuning did to it, or null
 * @param seed of whatever is drawn
 * @param out for files and notes
 */
public record Question(
        Task task,
        List<TaskRow> test,
        List<TaskRow> train,
        List<TaskRow> dev,
        Supplier<ModelSource> model,
        @Nullable Checkpoint tuned,
        long seed,
        Output out,
        SparkSession spark) {}
