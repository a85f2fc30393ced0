-- Half of an id, for a checksum that both stores make alike: XOR over it does not depend on any order.
CREATE OR REPLACE FUNCTION half_of_id(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ('x' || encode(substring(uuid_send(id) FROM 9), 'hex'))::bit(64)::bigint
$$;
