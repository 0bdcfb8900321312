{{/* The default alerts, as a list of rules without the common labels. */}}

{{- define "platestream.ruleSelector" -}}
{{- if .Values.prometheusRule.selector -}}
{{- .Values.prometheusRule.selector -}}
{{- else -}}
{{- printf "namespace=%q,app_kubernetes_io_name=%q,app_kubernetes_io_instance=%q" (include "platestream.namespace" .) (include "platestream.name" .) .Release.Name -}}
{{- end -}}
{{- end -}}

{{- define "platestream.alerts" -}}
{{- $s := include "platestream.ruleSelector" . -}}
{{- $t := .Values.prometheusRule.thresholds -}}
{{- $keda := .Values.autoscaling.keda -}}
{{- $config := include "platestream.config" . | fromYaml -}}
{{- if not (and $keda.enabled (eq (int $keda.minReplicaCount) 0)) -}}
- alert: PlatestreamAbsent
  expr: absent(platestream_model_info{ {{- $s -}} })
  for: 10m
  labels:
    severity: critical
  annotations:
    summary: No replica of Platestream reports metrics.
    description: No replica with loaded models has been scraped for ten minutes; nothing is read.
{{ end -}}
{{ if .Values.kafka.enabled -}}
- alert: PlatestreamLagGrowing
  expr: |-
    sum(platestream_consumer_lag{ {{- $s -}} }) > {{ $t.lagFrames | int64 }}
    and sum(deriv(platestream_consumer_lag{ {{- $s -}} }[10m])) > 0
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: Frames arrive faster than Platestream reads them.
    description: {{ `"{{ $value }} frames wait and the number grows: add replicas (up to the number of partitions) or faster ones."` }}
- alert: PlatestreamLagUnknown
  expr: sum by (pod) (platestream_lag_unknown_partitions{ {{- $s -}} }) > 0
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: The lag of partitions is not known.
    description: {{ `"{{ $labels.pod }} cannot learn where {{ $value }} of its partitions end, so PlatestreamLagGrowing does not see them; its log says why (lag_unknown)."` }}
- alert: PlatestreamNothingAssigned
  expr: sum(platestream_assigned_partitions{ {{- $s -}} }) == 0
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No replica has a partition of the frames topic.
    description: The brokers are away, or the topic is gone; nothing is read, and no lag is known. The readiness of the replicas says which.
- alert: PlatestreamPollStalled
  expr: |-
    (time() - platestream_last_poll_timestamp_seconds{ {{- $s -}} }) > {{ $t.pollStalledSeconds }}
    and platestream_last_poll_timestamp_seconds{ {{- $s -}} } > 0
  for: 1m
  labels:
    severity: critical
  annotations:
    summary: A consumer no longer polls.
    description: {{ `"{{ $labels.pod }} last polled {{ $value | humanizeDuration }} ago; beyond max.poll.interval.ms its partitions go to others and its frames are read again."` }}
- alert: PlatestreamPaused
  expr: min_over_time(platestream_consumer_paused{ {{- $s -}} }[5m]) == 1
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Back-pressure never lets go.
    description: {{ `"{{ $labels.pod }} has been paused at every scrape of five minutes: publishing or inference stands still."` }}
- alert: PlatestreamFailedFrames
  expr: |-
    sum(rate(platestream_frames_processed_total{ {{- $s -}} ,outcome="failed"}[10m]))
    / sum(rate(platestream_frames_processed_total{ {{- $s -}} }[10m])) > {{ $t.failedRatio }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: Too many frames cannot be read.
    description: {{ `"{{ $value | humanizePercentage }} of the frames fail; platestream_frame_failures_total says with which error codes."` }}
- alert: PlatestreamPublishFailing
  expr: sum by (topic) (increase(platestream_records_published_total{ {{- $s -}} ,status="failed"}[10m])) > 0
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: Records are refused by the brokers.
    description: {{ `"Records for topic {{ $labels.topic }} could not be delivered; their offsets are not committed."` }}
- alert: PlatestreamCommitFailing
  expr: sum(increase(platestream_commits_total{ {{- $s -}} ,status="failed"}[10m])) > 3
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Offsets cannot be committed.
    description: Frames already read will be read again after a restart or a rebalance.
- alert: PlatestreamRebalancing
  expr: sum by (pod) (increase(platestream_rebalances_total{ {{- $s -}} ,event="assign"}[15m])) > {{ $t.rebalances }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: The consumer group does not settle.
    description: {{ `"{{ $labels.pod }} was assigned partitions {{ $value }} times in 15 minutes; look for restarts and for scaling up and down."` }}
- alert: PlatestreamSlow
  expr: |-
    histogram_quantile(0.99, sum by (le) (rate(platestream_end_to_end_latency_seconds_bucket{ {{- $s -}} }[10m]))) > {{ $t.endToEndSeconds }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: Plates come late.
    description: {{ `"One frame in a hundred takes more than {{ $value | humanizeDuration }} from capture to acknowledgement."` }}
- alert: PlatestreamNoPlates
  expr: |-
    (sum(increase(platestream_plates_total{ {{- $s -}} }[15m])) or vector(0)) == 0
    and sum(increase(platestream_frames_processed_total{ {{- $s -}} }[15m])) > {{ $t.framesWithoutPlate | int64 }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Frames flow, plates do not.
    description: Not one plate in 15 minutes; a camera may look elsewhere, or the models fit it badly.
- alert: PlatestreamDeadLetterLimit
  expr: |-
    sum by (pod) (rate(platestream_frame_failures_total{ {{- $s -}} ,error_code=~"AIS[.]0105"}[10m]))
    / sum by (pod) (rate(platestream_frames_processed_total{ {{- $s -}} }[10m])) > {{ divf $config.kafka.dead_letters.max_own_ratio 2 }}
  for: 2m
  labels:
    severity: critical
  annotations:
    summary: Frames fail for what no camera causes.
    description: {{ `"{{ $value | humanizePercentage }} of the frames of {{ $labels.pod }}: half of the limit at which it stops rather than dead-letter them, or more."` }}
- alert: PlatestreamRestarting
  expr: sum by (pod) (resets(platestream_frames_consumed_total{ {{- $s -}} }[30m])) > {{ $t.restarts }}
  for: 1m
  labels:
    severity: critical
  annotations:
    summary: A replica ends and starts again.
    description: {{ `"{{ $labels.pod }} started again {{ $value }} times in 30 minutes. Its last line of log says why: the dead-letter limit, a fenced transaction, brokers away, or no memory."` }}
- alert: PlatestreamWaiting
  expr: sum by (pod) (platestream_partitions_waiting{ {{- $s -}} }) > 0
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: Frames wait for a picture host or for the schema registry.
    description: {{ `"{{ $value }} partitions of {{ $labels.pod }} stand still; after kafka.retries.budget_seconds their frames fail."` }}
{{ if ne $config.kafka.guarantee "at_least_once" -}}
- alert: PlatestreamTransactionsAborted
  expr: |-
    sum(rate(platestream_transactions_total{ {{- $s -}} ,outcome="aborted"}[10m]))
    / sum(rate(platestream_transactions_total{ {{- $s -}} }[10m])) > {{ $t.abortedRatio }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Too many transactions are aborted.
    description: {{ `"{{ $value | humanizePercentage }} of the transactions are aborted and their frames sent again: look at the brokers and at rebalances."` }}
- alert: PlatestreamTransactionsFenced
  expr: sum by (pod, outcome) (max_over_time(platestream_transactions_total{ {{- $s -}} ,outcome=~"fenced|fatal"}[10m])) > 0
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: The brokers shut a replica out of its transactions.
    description: {{ `"{{ $labels.pod }} ({{ $labels.outcome }}): another producer has its kafka.transactional_id, it stood still for too long, or it may not use that name."` }}
{{ end -}}
{{ end -}}
{{ if .Values.web.enabled -}}
- alert: PlatestreamHttpErrors
  expr: |-
    sum(rate(platestream_http_requests_total{ {{- $s -}} ,code=~"5.."}[10m]))
    / sum(rate(platestream_http_requests_total{ {{- $s -}} }[10m])) > {{ $t.httpErrorRatio }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Too many HTTP requests end in a server error.
    description: {{ `"{{ $value | humanizePercentage }} of the requests get 5xx; the label error_code of platestream_http_requests_total says which."` }}
{{ end -}}
{{ if .Values.gpu.enabled -}}
- alert: PlatestreamNotOnGpu
  expr: platestream_model_info{ {{- $s -}} ,provider="CPUExecutionProvider"} == 1
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: A GPU replica infers on the CPU.
    description: {{ `"{{ $labels.pod }} holds a GPU that it does not use."` }}
{{- end }}
{{- end -}}
