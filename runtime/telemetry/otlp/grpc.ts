/** The exporters of OTLP over gRPC: a module of its own, since a bundle loses the names of a CommonJS package that is loaded lazily. */
export { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
