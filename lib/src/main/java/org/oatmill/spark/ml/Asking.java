package org.oatmill.spark.ml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import org.oatmill.core.UserException;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.Models;
import org.oatmill.djl.Network;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.model.Texts;
import org.oatmill.spark.rows.Iterators;

/**
 * How the rows of a task are put to a model.
 *
 * @param open the model, for one task
 * @param in a cell as the model takes it
 * @param out an answer as a cell
 */
record Asking<I, O>(Opening<I, O> open, Cell<Object, I> in, Cell<O, Object> out) implements Serializable {

    /** A function that travels. */
    interface Cell<A, B> extends Function<A, B>, Serializable {}

    /** Opens a model for a task. */
    interface Opening<I, O> extends Serializable {
        Network.Answers<I, O> of(ModelFiles model);
    }

    /** What a network is asked. */
    interface Question<I, O> extends Serializable {
        Network.Answers<I, O> of(Network network);
    }

    static <I, O> Opening<I, O> network(String engine, String device, Question<I, O> question) {
        return model -> {
            String where = device(device);
            Models.Lease<Network> lease =
                    model.lease("network " + engine + " " + where, directory -> Network.open(directory, engine, where));
            Network.Answers<I, O> answers = question.of(lease.model());
            return new Network.Answers<>() {
                @Override
                public List<O> apply(List<I> batch) {
                    return answers.apply(batch);
                }

                @Override
                public void close() {
                    answers.close();
                    lease.close();
                }
            };
        };
    }

    /** Vectors of texts: of a network, or of a causal language model. */
    static Opening<String, float[]> vectors(
            String engine, String device, int maxTokens, String pooling, boolean normalize) {
        Opening<String, float[]> network = network(engine, device, n -> n.vectors(maxTokens, pooling, normalize));
        return model -> {
            if (model.has(".pt") || model.has(".onnx")) {
                return network.of(model);
            }
            if (!pooling.equals("mean") || !device.equals("cpu")) {
                throw new UserException("Cannot embed with " + model + ": pooling = " + pooling + ", device = " + device
                        + ", expected mean and cpu, because it is a causal language model");
            }
            return hidden(model.lease(), maxTokens, normalize);
        };
    }

    private static Network.Answers<String, float[]> hidden(
            Models.Lease<DjlLm> lease, int maxTokens, boolean normalize) {
        return new Network.Answers<>() {
            @Override
            public List<float[]> apply(List<String> texts) {
                DjlLm lm = lease.model();
                List<Example> examples = new ArrayList<>();
                for (int i = 0; i < texts.size(); i++) {
                    int[] tokens =
                            Texts.tokens(texts.get(i), lm.tokenizer(), maxTokens == 0 ? Integer.MAX_VALUE : maxTokens);
                    if (Texts.canBeMeasured(tokens)) {
                        examples.add(Texts.example(Integer.toString(i), tokens));
                    }
                }
                float[][] vectors = new float[texts.size()][];
                for (Batch batch : BatchPlan.of(examples).batches()) {
                    float[][] hidden = lm.hidden(batch);
                    for (int i = 0; i < hidden.length; i++) {
                        vectors[Integer.parseInt(batch.rows().get(i).id())] = normalize ? unit(hidden[i]) : hidden[i];
                    }
                }
                return Arrays.asList(vectors);
            }

            @Override
            public void close() {
                lease.close();
            }
        };
    }

    private static float[] unit(float[] vector) {
        double square = 0;
        for (float v : vector) {
            square += (double) v * v;
        }
        double length = Math.max(Math.sqrt(square), 1e-12); // as DJL's translators have it
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }

    /** The rows with an answer each behind their columns. */
    Iterator<Row> of(Iterator<Row> rows, ModelFiles model, int column, int batchSize) {
        if (!rows.hasNext()) {
            return rows;
        }
        Network.Answers<I, O> answers = open.of(model);
        TaskContext task = TaskContext.get();
        if (task != null) {
            TaskCompletionListener end = ended -> answers.close();
            task.addTaskCompletionListener(end);
        }
        Iterator<List<Row>> batches = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public List<Row> next() {
                List<Row> batch = new ArrayList<>();
                while (rows.hasNext() && batch.size() < batchSize) {
                    batch.add(rows.next());
                }
                return batch;
            }
        };
        return Iterators.flatMap(batches, batch -> answered(batch, column, answers).stream());
    }

    private List<Row> answered(List<Row> batch, int column, Network.Answers<I, O> answers) {
        List<I> asked = new ArrayList<>();
        for (Row row : batch) {
            Object cell = row.get(column);
            if (cell != null) {
                asked.add(in.apply(cell));
            }
        }
        Iterator<O> given = asked.isEmpty()
                ? Collections.emptyIterator()
                : answers.apply(asked).iterator();
        List<Row> rows = new ArrayList<>();
        for (Row row : batch) {
            Object[] cells = new Object[row.size() + 1];
            for (int i = 0; i < row.size(); i++) {
                cells[i] = row.get(i);
            }
            O answer = row.isNullAt(column) ? null : given.next();
            cells[row.size()] = answer == null ? null : out.apply(answer);
            rows.add(RowFactory.create(cells));
        }
        return rows;
    }

    /** The GPU that Spark gave the task, where it gives any and one is wanted. */
    private static String device(String wanted) {
        TaskContext task = TaskContext.get();
        ResourceInformation given = task == null || !wanted.equals("gpu")
                ? null
                : task.resourcesJMap().get("gpu");
        return given == null || given.addresses().length == 0 ? wanted : "gpu" + given.addresses()[0];
    }
}
