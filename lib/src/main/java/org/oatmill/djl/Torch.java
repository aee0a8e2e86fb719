package org.oatmill.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The door to PyTorch: one thread within an operation, scripts without a just-in-time compiler that
 * changes its mind after the first calls, and gradients for one thread at a time.
 */
final class Torch {
    private static final PtNDManager ROOT;
    private static final ThreadLocal<Boolean> PREPARED = ThreadLocal.withInitial(() -> false);

    static {
        // Bits depend on the number of threads, and a task of Spark has one core.
        setIfAbsent("ai.djl.pytorch.num_threads", "1");
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        ROOT = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager();
    }

    private Torch() {}

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /** Owner of the arrays of one measurement or one model. */
    static NDManager manager() {
        return ROOT.newSubManager();
    }

    /** Runs a measurement without or with gradients, and leaves the thread as it was. */
    static <T> T on(boolean gradients, Supplier<T> work) {
        if (!PREPARED.get()) {
            JniUtils.setNumThreads(1);
            JniUtils.setGraphExecutorOptimize(false);
            PREPARED.set(true);
        }
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(gradients);
        try {
            return work.get();
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    /** An array over native memory, without a copy. */
    static NDArray over(NDManager manager, ByteBuffer memory, Shape shape) {
        return list(manager.create(memory, shape, DataType.FLOAT32));
    }

    /** Marks an array as an element of the list of weights that a script takes. */
    static NDArray list(NDArray array) {
        array.setName("w[]");
        return array;
    }

    /** Back-propagates {@code by} from {@code output}; leaves collect what arrives. */
    static void backward(NDArray output, NDArray by) {
        JniUtils.backward((PtNDArray) output, (PtNDArray) by, false, false);
    }

    /** One TorchScript function of tensors and lists of tensors. */
    static final class Script implements AutoCloseable {
        private final PtSymbolBlock block;

        /**
         * @param name of the class in {@code source}, which defines {@code forward}
         * @param source as PyTorch's archives hold it
         */
        Script(String name, String source) {
            try {
                block = JniUtils.loadModule(ROOT, new ByteArrayInputStream(archive(name, source)), false, false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Results belong to the manager of the first argument. */
        NDList run(boolean gradients, NDList arguments) {
            return IValueUtils.forward(block, arguments, gradients);
        }

        @Override
        public void close() {
            block.close();
        }

        static byte[] archive(String name, String source) throws IOException {
            ByteArrayOutputStream pickle = new ByteArrayOutputStream();
            // An object of the class, with one attribute, training = False.
            pickle.write(new byte[] {(byte) 0x80, 2, 'c'});
            pickle.write(("__torch__\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
            pickle.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
            pickle.write("training".getBytes(StandardCharsets.UTF_8));
            pickle.write(new byte[] {'q', 1, (byte) 0x89, 'u', 'b', 'q', 2, '.'});
            ByteArrayOutputStream archive = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(archive)) {
                stored(zip, "m/data.pkl", pickle.toByteArray());
                stored(zip, "m/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
                stored(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
                stored(zip, "m/version", "3\n".getBytes(StandardCharsets.UTF_8));
            }
            return archive.toByteArray();
        }

        private static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
            ZipEntry entry = new ZipEntry(name);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(bytes.length);
            CRC32 crc = new CRC32();
            crc.update(bytes);
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write(bytes);
            zip.closeEntry();
        }
    }
}
