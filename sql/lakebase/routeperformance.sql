-- Acquiring routes among which the decision engine chooses, with what is known of them.
CREATE TABLE IF NOT EXISTS routeperformance (
  route_name varchar(100) PRIMARY KEY,
  approval_rate_pct double precision NOT NULL CHECK (approval_rate_pct BETWEEN 0 AND 100),
  avg_latency_ms double precision NOT NULL CHECK (avg_latency_ms >= 0),
  cost_score double precision NOT NULL CHECK (cost_score BETWEEN 0 AND 1),
  is_active boolean NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE routeperformance IS 'Acquiring routes, with what is known of them';
COMMENT ON COLUMN routeperformance.route_name IS 'Name of the route, as in the payments';
COMMENT ON COLUMN routeperformance.approval_rate_pct IS 'Share of its payments that are approved, percent';
COMMENT ON COLUMN routeperformance.avg_latency_ms IS 'Mean time from request to response, milliseconds';
COMMENT ON COLUMN routeperformance.cost_score IS 'Relative cost, 0 (cheapest) to 1';
COMMENT ON COLUMN routeperformance.is_active IS 'Whether payments may take it';
COMMENT ON COLUMN routeperformance.updated_at IS 'When the row last changed';

INSERT INTO routeperformance (route_name, approval_rate_pct, avg_latency_ms, cost_score)
SELECT given.route_name, given.approval_rate_pct, given.avg_latency_ms, given.cost_score
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  route_name text, approval_rate_pct double precision, avg_latency_ms double precision, cost_score double precision
)
ON CONFLICT (route_name) DO NOTHING;
