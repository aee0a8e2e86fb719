package org.oatmill.djl;

import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Digest;
import org.oatmill.core.UserException;
import org.oatmill.model.TensorShape;

/**
 * The frozen weights of a model, in the type of their files, read once and never written. All
 * forks share them; the last one to let go frees them.
 */
final class Weights {
    private final DecoderConfig config;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Arena arena = new Arena();
    private final NDManager manager = Torch.manager();
    private final AtomicInteger holders = new AtomicInteger(1);
    private final ConcurrentLinkedDeque<Scratch> idle = new ConcurrentLinkedDeque<>();
    private final Scripts scripts;
    private @Nullable String digest;

    private Weights(DecoderConfig config) {
        this.config = config;
        this.scripts = new Scripts(config);
    }

    /** Reads the tensors that the configuration asks for; one missing, one too many or one of another shape is refused. */
    static Weights read(Path directory, DecoderConfig config) {
        Weights weights = new Weights(config);
        try (Safetensors files = Safetensors.open(directory)) {
            check(directory, config, files.entries());
            for (TensorShape shape : config.tensors()) {
                Safetensors.Entry entry = entry(directory, shape, files.entries());
                Tensor tensor = new Tensor(shape, entry.type(), weights.arena, weights.manager);
                long from = 0;
                for (ByteBuffer piece : tensor.pieces()) {
                    files.read(entry, from, piece.duplicate());
                    from += piece.capacity();
                }
                weights.tensors.put(shape.name(), tensor);
            }
            return weights;
        } catch (RuntimeException e) {
            weights.release();
            throw e;
        }
    }

    private static void check(Path directory, DecoderConfig config, Map<String, Safetensors.Entry> entries) {
        config.tensors().forEach(shape -> entry(directory, shape, entries));
        List<String> names = config.tensors().stream().map(TensorShape::name).toList();
        for (String name : entries.keySet()) {
            // A tied head may be written twice, and old files hold the frequencies that the configuration gives.
            boolean harmless = name.equals(DecoderConfig.HEAD) && config.tied() || name.endsWith("rotary_emb.inv_freq");
            if (!names.contains(name) && !harmless) {
                throw new UserException("Cannot open model: " + directory + ": tensor = " + name + ", expected none of"
                        + " this name in a " + config.architecture() + " of this configuration");
            }
        }
    }

    private static Safetensors.Entry entry(Path directory, TensorShape shape, Map<String, Safetensors.Entry> entries) {
        Safetensors.Entry entry = entries.get(shape.name());
        if (entry == null || !entry.tensor().equals(shape)) {
            throw new UserException("Cannot open model: " + directory + ": tensor " + shape.name() + " = "
                    + (entry == null ? "missing" : entry.tensor().shape()) + ", expected shape " + shape.shape()
                    + " as config.json tells");
        }
        return switch (entry.type()) {
            case F32, F16, BF16 -> entry;
            default ->
                throw new UserException("Cannot open model: " + directory + ": dtype of " + shape.name() + " = "
                        + entry.type() + ", expected F32, F16 or BF16");
        };
    }

    DecoderConfig config() {
        return config;
    }

    Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("The model has no tensor " + name);
        }
        return tensor;
    }

    Scripts scripts() {
        return scripts;
    }

    /** Scratch for one measurement; give it back with {@link #putBack}. There are as many as threads ever measured at once. */
    Scratch takeScratch() {
        Scratch scratch = idle.pollFirst();
        return scratch != null ? scratch : new Scratch();
    }

    void putBack(Scratch scratch) {
        idle.addFirst(scratch);
    }

    /** Bytes in native memory. */
    long bytes() {
        return arena.bytes();
    }

    /** SHA-256 over the configuration and every tensor's name, type, shape and bytes. */
    synchronized String digest() {
        if (digest == null) {
            MessageDigest sha = Digest.sha256();
            sha.update(Digest.of(config.toString()).getBytes(StandardCharsets.UTF_8));
            for (Tensor tensor : tensors.values()) {
                String head = tensor.shape() + " " + tensor.type();
                sha.update(head.getBytes(StandardCharsets.UTF_8));
                for (ByteBuffer piece : tensor.pieces()) {
                    sha.update(piece.duplicate());
                }
            }
            digest = Digest.hex(sha.digest());
        }
        return digest;
    }

    Weights retain() {
        holders.incrementAndGet();
        return this;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            idle.forEach(Scratch::close);
            scripts.close();
            manager.close();
            arena.close();
        }
    }
}
