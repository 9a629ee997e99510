-- What a careful developer writes by hand with Postgres and pgvector, and nothing else: the keyword leg, the two vector
-- legs and reciprocal rank fusion, in tables of its own. The engine's speed is told as a ratio to it, so it knows nothing
-- of the project, and is not changed to suit it. One statement after each "-- name:"; vectors have 192 numbers.

-- name: make
CREATE TABLE yardstick (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED,
    text halfvec(192) NOT NULL,
    picture halfvec(192) NOT NULL
)

-- name: index words
CREATE INDEX yardstick_words ON yardstick USING gin (words)

-- name: index texts
CREATE INDEX yardstick_text ON yardstick USING hnsw (text halfvec_ip_ops) WITH (m = 16, ef_construction = 128)

-- name: index pictures
CREATE INDEX yardstick_picture ON yardstick USING hnsw (picture halfvec_ip_ops) WITH (m = 16, ef_construction = 128)

-- name: text leg
SELECT id FROM yardstick ORDER BY text <#> %(vector)s::halfvec(192) LIMIT 200

-- name: picture leg
SELECT id FROM yardstick ORDER BY picture <#> %(vector)s::halfvec(192) LIMIT 200

-- name: search
WITH keywords AS (
    SELECT id, row_number() OVER (ORDER BY rank DESC, id) AS place
    FROM (
        SELECT id, ts_rank(words, query) AS rank
        FROM yardstick, websearch_to_tsquery('english', %(words)s) AS query
        WHERE words @@ query
        ORDER BY rank DESC, id
        LIMIT 200
    ) AS found
), texts AS (
    SELECT id, row_number() OVER (ORDER BY distance) AS place
    FROM (
        SELECT id, text <#> %(vector)s::halfvec(192) AS distance
        FROM yardstick
        ORDER BY text <#> %(vector)s::halfvec(192)
        LIMIT 200
    ) AS found
), pictures AS (
    SELECT id, row_number() OVER (ORDER BY distance) AS place
    FROM (
        SELECT id, picture <#> %(vector)s::halfvec(192) AS distance
        FROM yardstick
        ORDER BY picture <#> %(vector)s::halfvec(192)
        LIMIT 200
    ) AS found
), found AS (
    SELECT id, place FROM keywords
    UNION ALL SELECT id, place FROM texts
    UNION ALL SELECT id, place FROM pictures
), best AS (
    SELECT id, sum(1.0 / (60 + place)) AS score
    FROM found
    GROUP BY id
    ORDER BY score DESC, id
    LIMIT 24
)
SELECT yardstick.id, yardstick.title, best.score
FROM best JOIN yardstick USING (id)
ORDER BY best.score DESC, yardstick.id
