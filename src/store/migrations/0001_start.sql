-- Keys and event ids are handed out by the writer, so that their order is the order of the commits.
CREATE TABLE run (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- Streams that every item must bring to an end.
    streams INTEGER NOT NULL,
    info TEXT NOT NULL
);

CREATE TABLE item (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (key),
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (run, position),
    UNIQUE (run, id)
);

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES item (key),
    seq INTEGER NOT NULL,
    approach TEXT NOT NULL,
    sample INTEGER NOT NULL,
    -- Microseconds since 1970.
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- Of labels only.
    author TEXT,
    payload TEXT NOT NULL,
    UNIQUE (item, seq)
);
CREATE INDEX event_author ON event (author, id) WHERE author IS NOT NULL;

CREATE TABLE blob (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
);

-- Derived from the events; may be emptied and rebuilt.
CREATE TABLE projection (
    item INTEGER NOT NULL REFERENCES item (key),
    approach TEXT NOT NULL,
    sample INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run (key),
    fold INTEGER NOT NULL,
    requested INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    generated TEXT,
    verdict TEXT,
    labelled INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (item, approach, sample)
);
-- Holds all that the list of runs counts, in the order in which it is grouped.
CREATE INDEX projection_counts ON projection
    (run, item, requested, stopped, failed, generated, verdict, labelled, calls);
CREATE INDEX projection_fold ON projection (fold);
