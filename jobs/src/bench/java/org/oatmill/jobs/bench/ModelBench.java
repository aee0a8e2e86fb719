package org.oatmill.jobs.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Noise;
import org.oatmill.djl.DjlLm;
import org.oatmill.model.Batch;
import org.oatmill.model.Decoding;
import org.oatmill.model.Direction;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;
import org.oatmill.model.Trajectory;

/** What a model's measurements cost: against its own matrix products, against plain forwards, against moving weights in place. */
final class ModelBench {
    private static final float EPSILON = 1e-3f;
    private static final int ROWS = 16;
    private static final int LENGTH = 64;
    private static final int SHORT = 30;

    private ModelBench() {}

    static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (RandomLlama model : List.of(RandomLlama.ONE_MILLION, RandomLlama.FORTY_MILLION)) {
            boolean large = model == RandomLlama.FORTY_MILLION;
            Path directory = model.write(Files.createTempDirectory("oatmill-bench"), false);
            int rounds = large ? 9 : 41;
            try (DjlLm base = DjlLm.open(directory)) {
                forward(rows, model, base, rounds, large ? "<=1.20" : "<=2.00");
                probes(rows, model, base, rounds, large);
                gradients(rows, model, base, large ? 3 : 15, large);
                generation(rows, model, base);
            } finally {
                Scratch.delete(directory);
            }
        }
        return rows;
    }

    private static void forward(List<Row> rows, RandomLlama model, DjlLm base, int rounds, String goal) {
        Batch batch = model.batch(ROWS, LENGTH);
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                MatrixProducts products = new MatrixProducts(model, ROWS, LENGTH)) {
            NDArray cube = manager.randomNormal(new Shape(1536, 1536));
            Map<String, Double> ms = new Paired()
                    .add("forward", () -> base.losses(batch))
                    .add("products", products::run)
                    .add("cube", () -> cube.matMul(cube).close())
                    .medians(rounds);
            double gflop = model.flops(ROWS, LENGTH) / 1e6;
            double peak = 2 * Math.pow(1536, 3) / 1e6 / of(ms, "cube");
            rows.add(new Row(name(model, "forward"), of(ms, "forward"), "ms", of(ms, "products"), goal));
            rows.add(new Row(name(model, "forward/peak"), gflop / of(ms, "forward"), "Gflop/s", peak, ""));
            rows.add(new Row(name(model, "products/peak"), gflop / of(ms, "products"), "Gflop/s", peak, ""));
        }
    }

    private static void probes(List<Row> rows, RandomLlama model, DjlLm base, int rounds, boolean large) {
        Direction gaussian = new Direction.Seed(Noise.Law.GAUSSIAN, 7, 0, 0);
        Direction rademacher = new Direction.Seed(Noise.Law.RADEMACHER, 7, 0, 0);
        Batch batch = model.batch(ROWS, LENGTH);
        Batch small = model.batch(ROWS, SHORT);
        try (DjlLm full = base.fork(new Subspace.Full());
                DjlLm lora = base.fork(new Subspace.Lora(8, 16, List.of("q_proj", "v_proj"), 0));
                DjlLm mask = base.fork(new Subspace.RandomMask(0.001, 0))) {
            Map<String, Double> ms = new Paired()
                    .add("two", () -> two(full, batch))
                    .add("gaussian", () -> full.sides(batch, gaussian, EPSILON))
                    .add("rademacher", () -> full.sides(batch, rademacher, EPSILON))
                    .add("two lora", () -> two(lora, batch))
                    .add("lora", () -> lora.sides(batch, gaussian, EPSILON))
                    .add("two mask", () -> two(mask, batch))
                    .add("mask", () -> mask.sides(batch, gaussian, EPSILON))
                    .add("two small", () -> two(full, small))
                    .add("small", () -> full.sides(small, gaussian, EPSILON))
                    .medians(rounds);
            rows.add(sides(model, "rademacher", ms, "rademacher", "two", large ? "<=1.10" : ""));
            rows.add(sides(model, "gaussian", ms, "gaussian", "two", large ? "<=1.20" : ""));
            rows.add(sides(model, "lora", ms, "lora", "two lora", large ? "<=1.05" : ""));
            rows.add(sides(model, "mask", ms, "mask", "two mask", large ? "<=1.05" : ""));
            rows.add(sides(model, "gaussian/" + ROWS + "x" + SHORT, ms, "small", "two small", ""));
            steps(rows, model, full, batch, rounds);
        }
    }

    private static void two(DjlLm model, Batch batch) {
        model.losses(batch);
        model.losses(batch);
    }

    private static Row sides(
            RandomLlama model, String what, Map<String, Double> ms, String sides, String two, String goal) {
        return new Row(name(model, "sides/" + what), of(ms, sides), "ms", of(ms, two), goal);
    }

    /** A whole step, measuring and updating, beside the ways that move the weights in place. */
    private static void steps(List<Row> rows, RandomLlama model, DjlLm full, Batch batch, int rounds) {
        Advancing ours = new Advancing(full);
        try (InPlace inPlace = new InPlace(full.tensors())) {
            Map<String, Double> ms = new Paired()
                    .add("ours", () -> {
                        full.sides(batch, ours.next(), EPSILON);
                        ours.advance();
                    })
                    .add("own noise", () -> {
                        inPlace.ownNoise(EPSILON);
                        full.losses(batch);
                        inPlace.ownNoise(-2 * EPSILON);
                        full.losses(batch);
                        inPlace.ownNoise(EPSILON);
                    })
                    .add("engine", () -> {
                        inPlace.engineNoise(EPSILON);
                        full.losses(batch);
                        inPlace.engineNoise(-2 * EPSILON);
                        full.losses(batch);
                        inPlace.engineNoise(EPSILON);
                    })
                    .medians(Math.max(5, rounds / 2));
            rows.add(new Row(name(model, "step/in-place-own-noise"), of(ms, "ours"), "ms", of(ms, "own noise"), ""));
            rows.add(new Row(name(model, "step/in-place-engine-noise"), of(ms, "ours"), "ms", of(ms, "engine"), ""));
        }
    }

    /** A run that goes on by one entry at a time. */
    private static final class Advancing {
        private final DjlLm model;
        private final Trajectory.Header header;
        private final List<Trajectory.Entry> entries = new ArrayList<>();

        Advancing(DjlLm model) {
            this.model = model;
            this.header = new Trajectory.Header(
                    Trajectory.FORMAT,
                    Noise.VERSION,
                    Noise.Law.GAUSSIAN,
                    7,
                    model.digest(),
                    new Subspace.Full().digest(),
                    model.trainable().stream().map(Subspace.Part::tensor).toList(),
                    List.of(),
                    "sgd",
                    EPSILON,
                    false,
                    1,
                    "",
                    "");
        }

        Direction next() {
            return new Direction.Seed(Noise.Law.GAUSSIAN, 7, entries.size(), 0);
        }

        void advance() {
            entries.add(new Trajectory.Entry(entries.size(), 0, 1e-6f, 1e-9f, 1));
            model.advance(new Trajectory(header, entries), entries.size());
        }
    }

    /** Weights that are moved where they lie, restore and update folded into the third sweep. */
    private static final class InPlace implements AutoCloseable {
        private final NDManager manager = NDManager.newBaseManager("PyTorch");
        private final List<NDArray> arrays = new ArrayList<>();
        private final List<FloatBuffer> buffers = new ArrayList<>();
        private final List<Direction.Coordinates> directions = new ArrayList<>();

        InPlace(List<TensorShape> tensors) {
            Direction z = new Direction.Seed(Noise.Law.GAUSSIAN, 7, 0, 0);
            for (TensorShape tensor : tensors) {
                FloatBuffer memory = ByteBuffer.allocateDirect(Math.toIntExact(Float.BYTES * tensor.size()))
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
                buffers.add(memory);
                arrays.add(manager.zeros(new Shape(tensor.size())));
                directions.add(z.of(tensor.name()));
            }
        }

        void ownNoise(float coefficient) {
            for (int i = 0; i < buffers.size(); i++) {
                directions
                        .get(i)
                        .add(0, coefficient, buffers.get(i), 0, buffers.get(i).capacity());
            }
        }

        void engineNoise(float coefficient) {
            for (NDArray array : arrays) {
                try (NDArray z = manager.randomNormal(array.getShape())) {
                    array.addi(z.muli(coefficient));
                }
            }
        }

        @Override
        public void close() {
            manager.close();
        }
    }

    private static void gradients(List<Row> rows, RandomLlama model, DjlLm base, int rounds, boolean large) {
        gradients(rows, model, base, rounds, LENGTH, "", large);
        gradients(rows, model, base, rounds, SHORT, "/" + ROWS + "x" + SHORT, large);
    }

    private static void gradients(
            List<Row> rows, RandomLlama model, DjlLm base, int rounds, int length, String what, boolean large) {
        Batch batch = model.batch(ROWS, length);
        List<Batch> alone = batch.rows().stream()
                .map(row -> new Batch(List.of(row), length))
                .toList();
        Objective objective = new Objective.MeanNll();
        try (DjlLm full = base.fork(new Subspace.Full())) {
            Map<String, Double> ms = new Paired()
                    .add("forward", () -> full.losses(batch))
                    .add("rows", () -> full.gradients(batch, objective, (row, tensor, gradient) -> {}))
                    .add(
                            "alone",
                            () -> alone.forEach(row -> full.gradients(row, objective, (r, tensor, gradient) -> {})))
                    .medians(rounds);
            rows.add(new Row(
                    name(model, "gradients" + what), of(ms, "rows"), "ms", of(ms, "forward"), large ? "<=4.50" : ""));
            rows.add(new Row(
                    name(model, "gradients" + what + "/one-row-at-a-time"),
                    of(ms, "alone"),
                    "ms",
                    of(ms, "rows"),
                    large ? ">=1.50" : ""));
        }
    }

    private static void generation(List<Row> rows, RandomLlama model, DjlLm base) {
        for (int prompts : new int[] {1, 16}) {
            List<int[]> texts = model.batch(prompts, 16).rows().stream()
                    .map(row -> row.options().get(0).tokens())
                    .toList();
            int[] made = new int[1];
            Map<String, Double> ms = new Paired()
                    .add(
                            "generate",
                            () -> made[0] = base.generate(texts, Decoding.greedy(64)).stream()
                                    .mapToInt(tokens -> tokens.length)
                                    .sum())
                    .medians(5);
            rows.add(new Row(
                    name(model, "generate/batch-" + prompts),
                    1e3 * made[0] / of(ms, "generate"),
                    "tokens/s",
                    Double.NaN,
                    ""));
        }
    }

    private static double of(Map<String, Double> medians, String name) {
        return medians.getOrDefault(name, Double.NaN);
    }

    static String name(RandomLlama model, String what) {
        return "model/" + model.name() + "/" + what;
    }
}
