/** Most characters of a signal's id and of an agent's name, and of a comment: what brokers keep of them. */
export const ORIGIN_LENGTH = 56;
export const COMMENT_LENGTH = 128;
