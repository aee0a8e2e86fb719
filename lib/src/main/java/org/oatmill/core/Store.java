package org.oatmill.core;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * Where artifacts lie: four operations that every shared file system has. Paths are relative to
 * the store's root, parts joined by {@code /}.
 */
public interface Store {

    /** Names of what lies directly in a directory, sorted; empty where there is no such directory. */
    List<String> list(String directory) throws IOException;

    /** The bytes at a path; {@link java.nio.file.NoSuchFileException} where there are none. */
    InputStream read(String path) throws IOException;

    /** Puts bytes at a path, replacing what was there: a reader sees the old bytes or the new, never a part. */
    void put(String path, byte[] bytes) throws IOException;

    /**
     * Puts bytes at a path where nothing is yet. Of any number of processes that try, one gets true.
     * A store that cannot promise that says so by {@link #exclusive()}.
     */
    boolean putNew(String path, byte[] bytes) throws IOException;

    /** Whether {@link #putNew} is decided in one place; where not (object stores), it checks and then writes. */
    boolean exclusive();

    /** Removes a file or a directory with all in it; nothing happens where there is none. */
    void delete(String path) throws IOException;

    /** The root as others would name it (a URI), for messages and for Spark. */
    String root();
}
