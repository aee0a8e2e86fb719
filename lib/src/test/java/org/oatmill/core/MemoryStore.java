package org.oatmill.core;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/** A store for tests that need no disk. */
public final class MemoryStore implements Store {
    private final ConcurrentSkipListMap<String, byte[]> files = new ConcurrentSkipListMap<>();

    @Override
    public List<String> list(String directory) {
        String prefix = directory.isEmpty() ? "" : directory + "/";
        return files.keySet().stream()
                .filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()).split("/")[0])
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public InputStream read(String path) throws NoSuchFileException {
        byte[] bytes = files.get(path);
        if (bytes == null) {
            throw new NoSuchFileException(path);
        }
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public void put(String path, byte[] bytes) {
        files.put(path, bytes.clone());
    }

    @Override
    public boolean putNew(String path, byte[] bytes) {
        return files.putIfAbsent(path, bytes.clone()) == null;
    }

    @Override
    public boolean exclusive() {
        return true;
    }

    @Override
    public void delete(String path) {
        files.keySet().removeIf(file -> file.equals(path) || file.startsWith(path + "/"));
    }

    @Override
    public String root() {
        return "memory:";
    }
}
