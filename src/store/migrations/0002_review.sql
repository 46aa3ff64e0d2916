-- Sittings of annotators, and what each has in hand.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    author TEXT NOT NULL,
    -- Microseconds since 1970.
    started BIGINT NOT NULL,
    -- What was asked for, as JSON, and the seed of its order.
    wish TEXT NOT NULL,
    seed TEXT NOT NULL
);
CREATE INDEX session_author ON session (author, started);

CREATE TABLE lease (
    item INTEGER NOT NULL REFERENCES item (key),
    approach TEXT NOT NULL,
    sample INTEGER NOT NULL,
    step TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES session (id),
    until BIGINT NOT NULL,
    PRIMARY KEY (item, approach, sample, step, session)
);
CREATE INDEX lease_session ON lease (session);
