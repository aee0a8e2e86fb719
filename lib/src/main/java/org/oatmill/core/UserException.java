package org.oatmill.core;

/**
 * A mistake the operator can mend: printed as its message alone, without a stack trace. Anything
 * else that reaches the top is our bug. The message reads {@code Cannot <do what>: <field> =
 * <value>, expected <what>}, and names the next action.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
