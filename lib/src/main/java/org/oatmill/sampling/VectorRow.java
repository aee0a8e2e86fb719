package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Vector;

/** A row of a data set: who it is, and where it lies. */
public record VectorRow(String id, Vector vector) implements Serializable {}
