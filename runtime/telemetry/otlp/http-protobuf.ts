/** The exporters of OTLP over HTTP: a module of its own for the same reason as grpc.ts. */
export { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
