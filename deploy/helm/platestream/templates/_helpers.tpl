{{/* Names, labels and the image: what several objects share. */}}

{{- define "platestream.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 50 characters leave room for the suffixes of the objects and of the pods. */}}
{{- define "platestream.fullname" -}}
{{- $name := include "platestream.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "platestream.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "platestream.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "platestream.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Never changes over the life of a release: a Deployment's selector is immutable. */}}
{{- define "platestream.selectorLabels" -}}
app.kubernetes.io/name: {{ include "platestream.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: reader
{{- end -}}

{{- define "platestream.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: platestream
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "platestream.labels" -}}
{{ include "platestream.selectorLabels" . }}
{{ include "platestream.commonLabels" . }}
{{- end -}}

{{/*
The metadata of an object. Call with (dict "root" $ "name" … "namespace" … "labels" … "annotations" …);
all but root are optional.
*/}}
{{- define "platestream.metadata" -}}
{{- $root := .root -}}
name: {{ .name | default (include "platestream.fullname" $root) }}
namespace: {{ .namespace | default (include "platestream.namespace" $root) }}
labels:
  {{- merge (dict) (.labels | default dict) (include "platestream.labels" $root | fromYaml) | toYaml | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) ($root.Values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "platestream.image" -}}
{{- $image := .Values.image -}}
{{- $tag := default .Chart.AppVersion $image.tag -}}
{{- if .Values.gpu.enabled -}}
{{- $tag = printf "%s%s" $tag .Values.gpu.imageTagSuffix -}}
{{- end -}}
{{- $name := $image.repository -}}
{{- if $image.registry -}}
{{- $name = printf "%s/%s" $image.registry $image.repository -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name $tag -}}
{{- end -}}
{{- end -}}

{{/* "true" where something else than this chart sets the number of replicas. */}}
{{- define "platestream.autoscaled" -}}
{{- if or .Values.autoscaling.keda.enabled .Values.autoscaling.hpa.enabled -}}true{{- end -}}
{{- end -}}

{{/* The pod of `helm test` must not match the Service's selector: it has a component of its own. */}}
{{- define "platestream.testSelectorLabels" -}}
app.kubernetes.io/name: {{ include "platestream.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* The address families of a Service. Call with its values. */}}
{{- define "platestream.ipFamilies" -}}
{{- $families := dict -}}
{{- with .ipFamilyPolicy }}{{ $_ := set $families "ipFamilyPolicy" . }}{{ end -}}
{{- with .ipFamilies }}{{ $_ := set $families "ipFamilies" . }}{{ end -}}
{{- with $families }}{{ toYaml . }}{{ end -}}
{{- end -}}
