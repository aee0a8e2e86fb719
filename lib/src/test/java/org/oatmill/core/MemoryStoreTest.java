package org.oatmill.core;

class MemoryStoreTest extends StoreLaws {
    private final Store store = new MemoryStore();

    @Override
    protected Store store() {
        return store;
    }
}
