{{/* What dashboards of a whole fleet ask again and again, recorded once; the same selector as the alerts'. */}}

{{- define "platestream.recordings" -}}
{{- $s := include "platestream.ruleSelector" . -}}
- record: platestream:frames_processed:rate5m
  expr: sum by (namespace, outcome) (rate(platestream_frames_processed_total{ {{- $s -}} }[5m]))
- record: platestream:plates:rate5m
  expr: sum by (namespace, color) (rate(platestream_plates_total{ {{- $s -}} }[5m]))
- record: platestream:time_behind_seconds:max
  expr: max by (namespace) (platestream_time_behind_seconds{ {{- $s -}} })
- record: platestream:consumer_lag:sum
  expr: sum by (namespace) (platestream_consumer_lag{ {{- $s -}} })
- record: platestream:end_to_end_latency_seconds:p99_5m
  expr: histogram_quantile(0.99, sum by (namespace, le) (rate(platestream_end_to_end_latency_seconds_bucket{ {{- $s -}} }[5m])))
- record: platestream:plate_confidence_below_0_8:ratio_rate5m
  expr: |-
    sum by (namespace) (rate(platestream_plate_confidence_bucket{ {{- $s -}} ,le="0.8"}[5m]))
    / sum by (namespace) (rate(platestream_plate_confidence_count{ {{- $s -}} }[5m]))
{{- end -}}
