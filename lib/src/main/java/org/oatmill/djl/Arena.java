package org.oatmill.djl;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.oatmill.core.UserException;

/**
 * Native memory with one owner: allocated piece by piece, freed at once and at a known time. Nobody
 * may touch a piece, nor a tensor laid over it, after {@link #close}.
 */
final class Arena implements AutoCloseable {
    /** Longest piece, in bytes: what a direct buffer can hold after alignment. */
    static final long LONGEST = Integer.MAX_VALUE - 64L;

    private static final int ALIGNMENT = 64;

    private final List<ByteBuffer> owned = new ArrayList<>();
    private long bytes;

    /** Zeroed, little-endian, aligned to a cache line. */
    synchronized ByteBuffer allocate(long length) {
        if (length < 0 || length > LONGEST) {
            throw new IllegalArgumentException("Cannot allocate " + length + " bytes, expected 0.." + LONGEST);
        }
        ByteBuffer whole;
        try {
            whole = ByteBuffer.allocateDirect((int) length + ALIGNMENT);
        } catch (OutOfMemoryError e) {
            throw new UserException(
                    "Cannot hold model in native memory: " + length + " bytes more than the " + bytes
                            + " held do not fit, expected room for both; raise -XX:MaxDirectMemorySize and, on a"
                            + " cluster, spark.executor.memoryOverhead",
                    e);
        }
        owned.add(whole);
        bytes += length;
        int start = (ALIGNMENT - whole.alignmentOffset(0, ALIGNMENT)) % ALIGNMENT;
        return whole.slice(start, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes allocated so far. */
    synchronized long bytes() {
        return bytes;
    }

    @Override
    public synchronized void close() {
        owned.forEach(Cleaner::free);
        owned.clear();
        bytes = 0;
    }

    /** The JDK frees direct buffers when the collector finds them, too late for gigabytes; this is its own way to do it now. */
    private static final class Cleaner {
        private static final Object UNSAFE;
        private static final Method INVOKE_CLEANER;

        static {
            try {
                Class<?> type = Class.forName("sun.misc.Unsafe");
                Field field = type.getDeclaredField("theUnsafe");
                field.setAccessible(true);
                UNSAFE = field.get(null);
                INVOKE_CLEANER = type.getMethod("invokeCleaner", ByteBuffer.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        static void free(ByteBuffer buffer) {
            try {
                INVOKE_CLEANER.invoke(UNSAFE, buffer);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Cannot free native memory", e);
            }
        }
    }
}
